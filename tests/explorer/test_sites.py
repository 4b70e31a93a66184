"""The pages in a browser: what is seen, what comes again, what is asked of whom."""

import re
import socket

import numpy as np
import PIL.Image
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
DRAWING = 30  # seconds that a picture may take, with much else running
expect.set_options(timeout=1000 * DRAWING)
DRAWN = ".picture img, .lines textarea, .scores table"
# A preset of each family, and the tabs that it has.
TABS = {
    "vae_fashion_mnist_small": [
        *("Latents", "Samples", "Interpolation", "Edits", "Reconstruction"),
    ],
    "conditional_vae_mnist": ["Latents", "Samples", "Interpolation", "Reconstruction"],
    "conditional_gan_mnist": ["Latents", "Samples", "Interpolation"],
    "diffusion_mnist": ["Samples", "Interpolation", "Inpainting"],
    "latent_diffusion_celeba64": ["Samples", "Interpolation"],
    "pixel_cnn_mnist": ["Samples", "Completion"],
    "colorize_faces": ["Translation"],
    "cycle_gan_tiny": ["Translation", "Back"],
    "sequence_vae_names": ["Latents", "Samples", "Interpolation"],
    "sequence_vae_nottingham": ["Latents", "Samples", "Interpolation"],
}


def picture_of(panel):
    """The address of the last picture of a tab, once there is one that is loaded."""
    picture = panel.locator(".picture img").first
    picture.wait_for(timeout=1000 * DRAWING)
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 0
    return picture.get_attribute("src")


def new_picture(panel, old):
    """The address of the picture that comes after another."""
    expect(panel.locator(".picture img").first).not_to_have_attribute("src", old)
    return picture_of(panel)


@pytest.fixture
def pictures(tmp_path):
    """Files that users may hand over, good and bad ones."""
    noise = np.random.default_rng(0).integers(256, size=(40, 48, 4), dtype=np.uint8)
    files = {
        "rgb.png": lambda path: PIL.Image.fromarray(noise[..., :3]).save(path),
        "transparent.png": lambda path: PIL.Image.fromarray(noise).save(path),
        "cmyk.jpg": lambda path: PIL.Image.fromarray(noise, "CMYK").save(path),
        "wide.png": lambda path: PIL.Image.new("1", (20_000, 20_000)).save(path),
        "text.png": lambda path: path.write_text("no picture"),
        "<b>text.txt": lambda path: path.write_text("no picture"),
        "empty.png": lambda path: path.touch(),
    }
    for name, write in files.items():
        write(tmp_path / name)
    return {name: tmp_path / name for name in files}


@pytest.mark.parametrize("name", TABS)
def test_every_tab_works(watched, pictures, name):
    watched.open(name)
    assert watched.tabs() == [*TABS[name], "Scores"]
    for tab in watched.tabs():
        panel = watched.tab(tab)
        wants_one = tab in ("Translation", "Back") and panel.locator(".picture img").count() == 0
        if wants_one:
            panel.locator("input[type=file]").first.set_input_files(pictures["rgb.png"])
            panel.locator(".picture img").first.wait_for()
        for button in panel.get_by_role("button", name=re.compile("^(Go|Draw)$")).all():
            button.click()
        drawn = panel.locator(DRAWN).last
        drawn.wait_for()
        if drawn.evaluate("it => it.tagName") == "TEXTAREA":
            expect(drawn).not_to_have_value("")
        elif drawn.evaluate("it => it.tagName") == "IMG":
            expect(drawn).to_have_js_property("complete", True)
            assert drawn.evaluate("image => image.naturalWidth") > 0
        assert watched.page.get_by_test_id("toast-body").count() == 0
    if name == "sequence_vae_nottingham":
        assert watched.tab("Samples").locator("audio, [data-testid*=waveform]").count() > 0


def test_a_slider_moves_the_picture(watched):
    watched.open("vae_fashion_mnist_small")
    panel = watched.tab("Latents")
    shown = picture_of(panel)
    slider = panel.locator("input[type=range]").first
    for key in ("Home", "End"):
        slider.press(key)
        shown = new_picture(panel, shown)


def test_a_seed_comes_again(watched):
    watched.open("vae_fashion_mnist_small")
    panel = watched.tab("Samples")
    first = picture_of(panel)
    panel.get_by_label("Seed").fill("1")
    panel.get_by_role("button", name="Draw").click()
    second = new_picture(panel, first)
    panel.get_by_label("Seed").fill("0")
    panel.get_by_role("button", name="Draw").click()
    # Gradio names a picture's file by what is in it.
    assert new_picture(panel, second) == first


def test_a_picture_is_edited(watched):
    watched.open("vae_fashion_mnist_small")
    panel = watched.tab("Edits")
    shown = picture_of(panel)
    panel.get_by_label("More or less of").click()
    watched.page.get_by_role("option", name="labels: 8", exact=True).click()
    shown = new_picture(panel, shown)
    panel.locator("input[type=range]").press("End")
    shown = new_picture(panel, shown)
    panel.get_by_role("button", name="Another").click()
    new_picture(panel, shown)


@pytest.mark.parametrize("name", ["transparent.png", "cmyk.jpg", "rgb.png"])
def test_pictures_of_all_kinds_are_rebuilt(watched, pictures, name):
    watched.open("vae_fashion_mnist_small")
    panel = watched.tab("Reconstruction")
    before = picture_of(panel)
    panel.locator("input[type=file]").first.set_input_files(pictures[name])
    new_picture(panel, before)
    expect(panel.get_by_text("resized from 40x48 to 28x28")).to_be_visible()
    assert watched.page.get_by_test_id("toast-body").count() == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("text.png", "it is none of AVIF"),
        ("<b>text.txt", "it is none of AVIF"),
        ("empty.png", "it is none of AVIF"),
        ("wide.png", "400000000 pixels"),
    ],
)
def test_bad_pictures_are_refused_in_words(watched, pictures, name, said):
    page = watched.open("vae_fashion_mnist_small")
    panel = watched.tab("Reconstruction")
    shown = picture_of(panel)
    panel.locator("input[type=file]").first.set_input_files(pictures[name])
    message = page.get_by_test_id("toast-body")
    expect(message).to_contain_text(said)
    assert str(pictures[name].parent) not in message.inner_text()
    assert message.locator("b").count() == 0  # a name is no markup
    assert picture_of(panel) == shown


def test_the_zoo_leads_to_each_model(watched, explorer):
    page = watched.page
    page.goto(explorer.url)
    names = [each.get_attribute("href").strip("/") for each in page.locator("a").all()]
    assert {*TABS} <= {*names}
    pictures = page.locator("img").all()
    for picture in pictures:
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => image.naturalWidth") > 0
    assert len(pictures) > 10
    page.get_by_text("vae_mnist_2d", exact=True).click()
    page.get_by_role("tab", name="Latents").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_scrolls_sideways_on_a_telephone(chromium, explorer, scheme):
    context = chromium.new_context(viewport={"width": 400, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    for name in ("", "vae_fashion_mnist_small/", "sequence_vae_names/"):
        page.goto(f"{explorer.url}/{name}")
        if name:
            page.get_by_role("tab", name="Latents").wait_for()
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 400, name
    context.close()


def test_nobody_else_is_asked(explorer, watched):
    """Of names none is looked up but this machine's own; a page's requests are all `watched`."""
    watched.open("vae_fashion_mnist_small")
    watched.tab("Scores")
    own = {"127.0.0.1", "localhost", "::1", "None", socket.gethostname()}
    looked_up = explorer.lookups.read_text().split() if explorer.lookups.exists() else []
    assert {*looked_up} <= own


def test_only_this_machine_is_listened_to(explorer):
    port = int(explorer.url.rpartition(":")[2])
    with pytest.raises(OSError, match="refused"):  # 127.0.0.2 is heard where all addresses are
        socket.create_connection(("127.0.0.2", port), timeout=5).close()
