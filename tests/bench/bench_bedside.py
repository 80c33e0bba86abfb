"""How fast is the bedside app where it is used: on a slow phone and a slow network?

A home of 40 people with eight medicines each, the processor slowed four times, the network as a slow 4G. Against
the app's own stand-in server, so that only the app is timed. Targets: design bedside.md, Figures.
"""

import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.stories.bedside_screens import APP, press, scan, stand_in_server, start_round
from tests.stories.conftest import FLAGS, browser_program
from tests.stories.network import Network

SCANS = 40
SLOWER = 4
# What browsers' own tools call a slow 4G.
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
TO_PAINT = """(text) => new Promise((resolve) => {
    const start = performance.now();
    for (const key of [...text, "Enter"]) {
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    }
    requestAnimationFrame(() => {
        const painted = new MessageChannel();
        painted.port1.onmessage = () => resolve(performance.now() - start);
        painted.port2.postMessage(null);
    });
})"""


def main() -> None:
    with stand_in_server(extra_people=34) as server, sync_playwright() as playwright:
        network = Network(int(server.rsplit(":", 1)[1]))
        address = network.address
        browser = playwright.chromium.launch(executable_path=browser_program(), args=FLAGS)
        sizes = json.loads((APP.parent / "static" / "bedside" / "build.json").read_text())["sizes"]
        row("shell without the camera decoder, gzipped", f"{sizes['first'] / 1024:.1f} kB", "60 kB")
        row("camera decoder, gzipped, on first use", f"{sizes['decoder'] / 1024:.0f} kB", "")
        page = browser.new_page(viewport={"width": 390, "height": 844})
        control = page.context.new_cdp_session(page)
        control.send("Network.enable")
        control.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        control.send("Network.emulateNetworkConditions", SLOW_4G)
        row("first paint, slow 4G, slow processor", f"{first_paint(page, address):.0f} ms", "1500 ms")
        control.send("Network.emulateNetworkConditions", SLOW_4G | {"latency": 0, "downloadThroughput": -1})
        times, worked = scan_to_paint(page, control, address)
        row("scan to painted answer, p50", f"{statistics.median(times):.0f} ms", "")
        row("scan to painted answer, p95", f"{p95(times):.0f} ms", "100 ms")
        # A busy machine stretches the times above, but not the processor's work.
        row("of that the page's own work at full speed, p50", f"{statistics.median(worked):.1f} ms", "")
        row("of that the page's own work at full speed, p95", f"{p95(worked):.1f} ms", f"{100 / SLOWER:.0f} ms")
        row("reload without a network to the names", f"{offline_reload(page, network):.0f} ms", "always works")
        browser.close()
        network.close()


def row(what: str, value: str, target: str) -> None:
    sys.stdout.write(f"{what:<48} {value:>10}   {target}\n")


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def first_paint(page: Page, address: str) -> float:
    """Milliseconds from asking for the page to the first words on it."""
    page.goto(f"{address}/bedside/")
    page.get_by_label("Set-up code").wait_for()
    entries = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    return float(page.evaluate(entries))


def scan_to_paint(page: Page, control: CDPSession, address: str) -> tuple[list[float], list[float]]:
    """Milliseconds from the last key of a scan to the frame with its answer, and what of them the page worked.

    Scans that go into the pot and scans that are stopped take turns; the work is that of another walk, unslowed.
    """
    control.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    start_round(page, address)
    scan(page, "ERJAN222")
    page.get_by_role("heading", name="Joan", exact=True).wait_for()
    control.send("Performance.enable", {"timeDomain": "threadTicks"})
    control.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    times = [scan_once(page, control, turn)[0] for turn in range(SCANS)]
    control.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    return times, [scan_once(page, control, turn)[1] for turn in range(SCANS)]


def scan_once(page: Page, control: CDPSession, turn: int) -> tuple[float, float]:
    before = work_so_far(control)
    milliseconds = float(page.evaluate(TO_PAINT, "EPPKH222" if turn % 2 else "EPPKA222"))
    worked = work_so_far(control) - before
    if turn % 2:
        press(page, "I have put it back")
    else:
        page.get_by_role("button", name="In the pot").click()
    return milliseconds, worked * 1000


def work_so_far(control: CDPSession) -> float:
    """Seconds of processor that the page has spent on script, style and layout."""
    metrics = {each["name"]: each["value"] for each in control.send("Performance.getMetrics")["metrics"]}
    return sum(metrics[name] for name in ("ScriptDuration", "RecalcStyleDuration", "LayoutDuration"))


def offline_reload(page: Page, network: Network) -> float:
    """Milliseconds from a reload with no network to the name tiles."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    network.cut()
    start = time.perf_counter()
    page.reload()
    page.get_by_text("Who are you?").wait_for()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
