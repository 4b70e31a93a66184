"""How soon a picture of `genzoo explore` follows a slider, in Chromium, which is on the PATH.

    python tests/benchmarks/explore.py vae_fashion_mnist_small --moves 200

From the event of the slider to the loaded picture, by the browser's clock. Browser and server share
the machine. The first ten moves are not counted.
"""

import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request

import cyclopts
from playwright import sync_api

WARM = 10
# Moves the first slider to and fro, each time as soon as the last picture is there.
MOVES = """async (moves) => {
  const slider = document.querySelector("input[type=range]");
  const values = [Number(slider.min) / 2, Number(slider.max) / 2];
  const spent = [];
  for (let move = 0; move < moves; move++) {
    const shown = new Promise((resolve) => {
      const loaded = (event) => {
        if (!event.target.matches(".picture img")) return;
        document.removeEventListener("load", loaded, true);
        resolve();
      };
      document.addEventListener("load", loaded, true);
    });
    const share = (move + 1) / moves;
    const start = performance.now();
    slider.value = values[move % 2] * share;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await shown;
    spent.push(performance.now() - start);
  }
  return spent;
}"""


def main(preset: str, *, moves: int = 200):
    """Print the 50th, the 95th and the 99th percentile, in milliseconds.

    Args:
        preset: Name of a model with sliders.
        moves: How many are counted.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "keras_genzoo", "explore", preset, "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            spent = in_browser(url, WARM + moves)[WARM:]
        finally:
            server.terminate()
    p50, p95, p99 = (statistics.quantiles(spent, n=100)[i] for i in (49, 94, 98))
    print(f"{preset}: p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms of {moves} moves")


def in_browser(url, moves):
    """Milliseconds of each move."""
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=60).close()
            break
        except OSError:
            time.sleep(0.2)
    with sync_api.sync_playwright() as driver:
        options = {"executable_path": shutil.which("chromium"), "args": ["--no-sandbox"]}
        browser = driver.chromium.launch(**options)
        page = browser.new_page()
        page.goto(url, timeout=120_000)
        page.locator(".picture img").first.wait_for()
        page.wait_for_timeout(2000)  # what it loads by itself is there
        spent = page.evaluate(MOVES, moves)
        browser.close()
    return spent


if __name__ == "__main__":
    cyclopts.run(main)
