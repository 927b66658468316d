"use strict";
// How long pages take to show in a real Chromium, and how large they are:
//   node plots/testing/page_times.js build/npm/node_modules PAGE.html…
// Each page is opened five times from the disk in a fresh context; the medians are printed.
const fs = require("fs");
const path = require("path");
const [modules, ...pages] = process.argv.slice(2).map((word) => path.resolve(word));
const { chromium } = require(path.join(modules, "playwright-core"));
const executablePath = ["chromium", "chromium-browser", "google-chrome"]
  .flatMap((name) => process.env.PATH.split(":").map((folder) => path.join(folder, name)))
  .find((file) => fs.existsSync(file));
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

const timesOf = async (browser, file) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto("file://" + file, { waitUntil: "load" });
  await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0, null, { timeout: 30000 });
  const times = await page.evaluate(() => ({
    paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    load: performance.getEntriesByType("navigation")[0].loadEventEnd,
  }));
  await context.close();
  return times;
};

(async () => {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    for (const file of pages) {
      const times = [];
      for (let i = 0; i < 5; ++i) times.push(await timesOf(browser, file));
      console.log(`${path.basename(file)}: first paint ${Math.round(median(times.map((one) => one.paint)))} ms, ` +
        `loaded ${Math.round(median(times.map((one) => one.load)))} ms, ${(fs.statSync(file).size / 2 ** 20).toFixed(2)} MiB`);
    }
  } finally {
    await browser.close();
  }
})().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
