"""Looks at a page in headless Chromium and says what is seen, as JSON.

    look.py URL WIDTH light|dark [SCREENSHOT.png]

Speaks the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/) over the browser's pipe.
"""

import base64
import json
import os
import subprocess
import sys

SEEN = """({
    title: document.title,
    text: document.body.innerText,
    links: [...document.links].map(link => link.getAttribute('href')),
    background: getComputedStyle(document.body).backgroundColor,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    bars: [...document.querySelectorAll('.bar rect')].map(bar => bar.getBoundingClientRect().width > 0),
    chart: document.querySelectorAll('.chart rect').length,
})"""


class Browser:
    def __init__(self):
        commands, self.output = os.pipe()
        self.input, answers = os.pipe()
        command = ["chromium-headless-shell", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "about:blank"]
        # The browser reads commands from descriptor 3 and writes to 4; above them first, so that neither is overwritten.
        high = [os.dup2(commands, 8), os.dup2(answers, 9)]
        self.process = subprocess.Popen(
            ["sh", "-c", 'exec "$0" "$@" 3<&8 4>&9', *command], pass_fds=high, stderr=subprocess.DEVNULL)
        for descriptor in [commands, answers, *high]:
            os.close(descriptor)
        self.rest = b""
        self.last = 0
        self.events = []

    def message(self):
        while b"\0" not in self.rest:
            data = os.read(self.input, 1 << 16)
            if not data:
                sys.exit("the browser is gone")
            self.rest += data
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        self.last += 1
        call = {"id": self.last, "method": method, "params": parameters}
        if session:
            call["sessionId"] = session
        os.write(self.output, json.dumps(call).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.last:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.message())


def look(url, width, scheme, screenshot):
    browser = Browser()
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    browser.call("Emulation.setDeviceMetricsOverride", session, width=width, height=900, deviceScaleFactor=1,
                 mobile=width < 600)
    browser.call("Emulation.setEmulatedMedia", session,
                 features=[{"name": "prefers-color-scheme", "value": scheme}])
    for domain in ["Page", "Log", "Network"]:
        browser.call(domain + ".enable", session)
    browser.call("Page.navigate", session, url=url)
    browser.wait_for("Page.loadEventFired")
    seen = browser.call("Runtime.evaluate", session, expression=SEEN, returnByValue=True)["result"]["value"]
    # What the page's policy forbids is in the log, and so is every resource that could not be had.
    seen["complaints"] = [event["params"]["entry"]["text"] for event in browser.events
                          if event.get("method") == "Log.entryAdded"]
    seen["requests"] = sorted(event["params"]["request"]["url"] for event in browser.events
                              if event.get("method") == "Network.requestWillBeSent")
    if screenshot:
        image = browser.call("Page.captureScreenshot", session, captureBeyondViewport=True)["data"]
        with open(screenshot, "wb") as file:
            file.write(base64.b64decode(image))
    browser.call("Browser.close")
    browser.process.wait(10)
    return seen


if __name__ == "__main__":
    url, width, scheme = sys.argv[1:4]
    print(json.dumps(look(url, int(width), scheme, sys.argv[4] if len(sys.argv) > 4 else None)))
