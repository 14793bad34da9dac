"""Opens an HTML report in a real Chromium: sorts, hovers, walks by keyboard, listens for errors.

    memfit resnet50 --format html > report.html
    python check_page.py report.html [--pictures FOLDER]

Needs selenium (PyPI), chromium and chromedriver. Ends with `N passed, N failed`.
"""
import argparse
import base64
import pathlib
import shutil
import sys

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

results = []


def check(what, holds):
    results.append(bool(holds))
    print(("ok   " if holds else "FAIL ") + what)


def browser():
    options = webdriver.ChromeOptions()
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1100,900",
                 "--force-prefers-reduced-motion"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    # A driver that is named is not looked for on the network.
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    return webdriver.Chrome(options=options, service=service)


def numbers(table, column):
    return [float(row.find_elements(By.TAG_NAME, "td")[column].get_attribute("data-v"))
            for row in table.find_elements(By.CSS_SELECTOR, "tbody tr")]


def sorts(driver):
    for table in driver.find_elements(By.CSS_SELECTOR, "main section > .wide > table.sortable"):
        heads = table.find_elements(By.CSS_SELECTOR, "thead th, thead td")
        first = table.find_elements(By.CSS_SELECTOR, "tbody tr:first-child td")
        columns = [index for index, cell in enumerate(first) if cell.get_attribute("data-v")]
        if not columns:
            continue
        column, title = columns[-1], heads[columns[-1]].text
        button = heads[column].find_element(By.TAG_NAME, "button")
        driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()
        down = numbers(table, column)
        check(f"a click sorts by {title}", down == sorted(down, reverse=True))
        check("the order is told to screen readers",
              heads[column].get_attribute("aria-sort") == "descending")
        button.send_keys(Keys.ENTER)
        check(f"a key sorts by {title} the other way", numbers(table, column) == sorted(down))


def walks(driver):
    for figure in driver.find_elements(By.CSS_SELECTOR, "figure.timeline"):
        plot = figure.find_element(By.CSS_SELECTOR, ".plot")
        readout = figure.find_element(By.CSS_SELECTOR, ".readout")
        live = figure.find_elements(By.CSS_SELECTOR, ".live tbody tr")
        driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", plot)
        count, peak = plot.get_attribute("aria-valuemax"), readout.text
        check("the peak is told first, with what is live", peak.startswith("Step ") and live)
        ActionChains(driver).move_to_element_with_offset(plot, 5 - plot.size["width"] // 2, 0).perform()
        check("hovering tells another step", readout.text != peak)
        plot.send_keys(Keys.END)
        check("the End key goes to the last step", plot.get_attribute("aria-valuenow") == count)
        plot.send_keys(Keys.ARROW_LEFT)
        check("an arrow key goes one step back",
              int(plot.get_attribute("aria-valuenow")) == int(count) - 1)
        plot.send_keys("p")
        check("the p key goes back to the peak", readout.text == peak)
        check("the step is told to screen readers", plot.get_attribute("aria-valuetext") == peak)


def looks(driver, folder):
    for scheme in ("light", "dark"):
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        for width in (1100, 390):
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600})
            overflow = driver.execute_script(
                "return document.documentElement.scrollWidth - window.innerWidth")
            check(f"{scheme}, {width} wide: nothing sticks out", overflow <= 0)
            if folder:
                shot = driver.execute_cdp_cmd("Page.captureScreenshot", {
                    "captureBeyondViewport": True, "format": "png",
                    "clip": {"x": 0, "y": 0, "width": width, "scale": 1, "height": driver.execute_script(
                        "return Math.min(4000, document.documentElement.scrollHeight)")}})
                (folder / f"{scheme}-{width}.png").write_bytes(base64.b64decode(shot["data"]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--pictures", type=pathlib.Path)
    arguments = parser.parse_args()
    check("the page is smaller than 1 MB", arguments.page.stat().st_size < 1_000_000)
    driver = browser()
    try:
        driver.get(arguments.page.resolve().as_uri())
        sorts(driver)
        walks(driver)
        looks(driver, arguments.pictures)
        log = [entry["message"] for entry in driver.get_log("browser")]
        check(f"the console is silent {log}", not log)
        asked = [entry for entry in driver.get_log("performance")
                 if "Network.requestWillBeSent\"" in entry["message"] and "\"http" in entry["message"]]
        check("nothing is fetched", not asked)
    finally:
        driver.quit()
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
