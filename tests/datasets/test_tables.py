"""What a csv says of images: read right, or refused by file, row and column."""

import pytest

from keras_genzoo.datasets.tables import read_table

PARTS = {f"x/{i}.png": [f"{i}.png"] for i in range(3)}


def read(text, encoding="utf-8"):
    return read_table("a.csv", text.encode(encoding), PARTS)


def labels(table):
    return {path: cells for path, (_, cells) in table.rows.items()}


EXPECTED = {f"x/{i}.png": {"age": str(i), "kind": "dog, big"} for i in range(3)}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("key", ["file", "filename"])
def test_delimiters_and_places_of_the_files(delimiter, key):
    lines = [["age", key, "kind"], *([str(i), f"{i}.png", '"dog, big"'] for i in range(3))]
    assert labels(read("\n".join(delimiter.join(line) for line in lines))) == EXPECTED


def test_quotes_by_another_delimiter():
    table = read('"file";"kind"\n"0.png";"dog, big"\n')
    assert labels(table) == {"x/0.png": {"kind": "dog, big"}}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding):
    table = read("file,kind\r\n0.png,Bär\r\n\r\n", encoding)
    assert labels(table) == {"x/0.png": {"kind": "Bär"}}


def test_paths_as_other_systems_write_them():
    folder = "Mu\N{COMBINING DIAERESIS}ll"  # as macOS writes it
    parts = {f"all/{folder}/0.png": [folder, "0.png"], "all/x/1.png": ["x", "1.png"]}
    for first in ("M\N{LATIN SMALL LETTER U WITH DIAERESIS}ll\\0.png", f"./{folder}/0.png"):
        table = read_table("a.csv", f"name,age\n{first},1\nall\\x\\1.png,2\n".encode(), parts)
        assert labels(table) == dict(zip(parts, ({"age": "1"}, {"age": "2"}), strict=True))
        assert not table.strays


def test_spaces_around_cells_are_no_part_of_them():
    table = read('file , "split "\n0.png,train \n1.png," train"\n"2.png ",\u00a0train\n')
    assert table.column("split", PARTS) == 3 * ["train"]


def test_a_table_without_header():
    table = read("0.png,7,a\n1.png,8,b\n2.png,9,c\n")
    assert table.columns == ("2", "3")
    assert table.column("2", PARTS) == ["7", "8", "9"]


def test_rows_that_name_no_image_are_counted():
    table = read("file,age\n0.png,1\nx/1.png,2\n7.png,3\n")
    assert (len(table.rows), table.strays) == (2, 1)
    assert read("this,is\nno,table\n").rows == {}
    assert read("").rows == {}


def test_short_rows_are_blank_where_they_are_asked_for():
    table = read("file,age,kind\n0.png,1\n1.png,2\n2.png,3,nan\n")
    assert table.column("age", PARTS) == ["1", "2", "3"]
    with pytest.raises(ValueError, match=r"Expected.*file='a.csv', column='kind', rows=2, 3, 4"):
        table.column("kind", PARTS)


def test_what_is_not_available_of_numbers_is_blank():
    table = read("file,age,kind\n0.png,-1,NA\n1.png,NA,EU\n2.png,1,AS\n")
    with pytest.raises(ValueError, match=r"blank.*Expected.*column='age', rows=3"):
        table.column("age", PARTS)
    assert table.column("kind", PARTS) == ["NA", "EU", "AS"]


@pytest.mark.parametrize(
    ("text", "encoding", "message"),
    [
        ("file,kind\n0.png,dog, big\n", "utf-8", r"columns=\['file', 'kind'\], rows=2"),
        ("file,kind,kind\n0.png,a,b\n", "utf-8", r"columns=\['file', 'kind', 'kind'\]"),
        ("file,kind\n0.png,a\n0.png,b\n", "utf-8", r"rows=2 and 3, file='0.png'"),
        ("file,kind\n0.png,B\xe4r\n", "latin-1", r"0xe4 in row 2"),
        ("file,kind\n0.png,a\n", "utf-16-le", r"zero byte in row 1"),
        ('file,kind\n0.png,"a\n1.png,b\n', "utf-8", r"row="),
    ],
)
def test_tables_that_are_refused(text, encoding, message):
    with pytest.raises(ValueError, match=rf"Expected.*Received: file='a.csv'.*{message}"):
        read(text, encoding)
