"""What pictures show, for tests."""

import matplotlib.image
import numpy as np
from matplotlib.animation import AbstractMovieWriter


def shown(figure):
    """The images of a figure, in order."""
    return [image.get_array() for axes in figure.axes for image in axes.images]


def text(figure):
    return figure.get_suptitle()


def headers(figure):
    """What stands above images."""
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    return [*titles, *(text.get_text() for axes in figure.axes for text in axes.texts)]


def rows(figure):
    """What stands before each row of a grid."""
    return [label.get_text() for axes in figure.axes for label in axes.get_yticklabels()]


class Frames(AbstractMovieWriter):
    """Keeps what the frames of an animation show."""

    def __init__(self):
        super().__init__()
        self.images = []
        self.captions = []

    def setup(self, fig, outfile, dpi=None):
        super().setup(fig, outfile, dpi)

    def grab_frame(self, **options):
        self.images.append(np.array(shown(self.fig)))
        self.captions.append(self.fig.get_supxlabel())

    def finish(self):
        self.images = np.array(self.images)


def frames(animation, folder):
    """The images and captions of an animation's frames, and their figure."""
    kept = Frames()
    animation.save(folder / "kept", writer=kept)
    return kept.images, kept.captions, kept.fig


def is_picture_of(figure, path):
    """Whether the file holds the figure, to the pixel."""
    expected = path.with_name("expected.png")
    figure.savefig(expected)
    return np.array_equal(matplotlib.image.imread(path), matplotlib.image.imread(expected))
