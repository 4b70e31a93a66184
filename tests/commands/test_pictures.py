def test_verbs_write_pictures(genzoo, trained, tmp_path):
    for verb in ("sample", "reconstruct"):
        assert genzoo(verb, trained, "--output", tmp_path / "new" / f"{verb}.png")[0] == 0
        assert (tmp_path / "new" / f"{verb}.png").stat().st_size > 1000
