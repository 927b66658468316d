"use strict";
// Opens the sample pages in a real Chromium and looks at them as a reader would:
//   node browser_test.js NODE_MODULES PAGES_FOLDER SCREENSHOTS_FOLDER
// Every failed check is printed; the exit code is 1 if there was one, 77 without a browser.
const fs = require("fs");
const path = require("path");
const [modules, pages, shots] = process.argv.slice(2).map((word) => path.resolve(word));
const { chromium } = require(path.join(modules, "playwright-core"));
const axe = fs.readFileSync(path.join(modules, "axe-core", "axe.min.js"), "utf8");

let checks = 0;
let failures = 0;
const check = (holds, what, detail = "") => {
  ++checks;
  if (holds) return;
  ++failures;
  console.log(`FAILED: ${what}${detail ? ": " + detail : ""}`);
};

// A page that tells what it did that it should not.
const open = async (browser, name, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const file = "file://" + path.join(pages, name);
  const said = [];
  page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => said.push("error: " + error.message));
  page.on("dialog", (dialog) => { said.push("dialog: " + dialog.message()); dialog.dismiss(); });
  page.on("request", (request) => {
    const url = request.url();
    if (url.split("#")[0] !== file && !url.startsWith("blob:") && !url.startsWith("data:")) said.push("request: " + url);
  });
  await page.addInitScript(() => {
    window.violations = [];
    addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective + " " + event.blockedURI));
  });
  await page.goto(file);
  await page.waitForFunction(() => document.documentElement.dataset.drawn === "all", null, { timeout: 60000 });
  return { page, said, close: () => context.close() };
};

const isCalm = async (name, { page, said }) => {
  check(said.length === 0, `${name}: says nothing and asks for nothing`, said.slice(0, 3).join("; "));
  const violations = await page.evaluate(() => window.violations);
  check(violations.length === 0, `${name}: keeps its own policy`, violations.slice(0, 3).join("; "));
};

const hasNoBarriers = async (name, page) => {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"], preload: false }));
  const serious = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
  check(serious.length === 0, `${name}: axe finds nothing serious`,
    serious.map((one) => `${one.id} ${one.nodes.slice(0, 2).map((node) => node.target + " " + node.failureSummary).join(", ")}`).join("; "));
};

const shot = (page, name, fullPage = true) => page.screenshot({ path: path.join(shots, name + ".png"), fullPage });

const everyChartHasMarks = async (name, page) => {
  const empty = await page.evaluate(() => [...document.querySelectorAll("main .chart[data-chart]")].filter((place) =>
    !place.querySelector("g.mark-symbol path, g.mark-rect path, g.mark-line path, g.mark-rule line")).map((place) => place.dataset.chart));
  const count = await page.locator("main .chart[data-chart]").count();
  check(count > 0, `${name}: has charts`);
  check(empty.length === 0, `${name}: every chart has marks`, empty.join(", "));
  return count;
};

const testFull = async (browser) => {
  const opened = await open(browser, "full.html", { acceptDownloads: true });
  const { page } = opened;
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  console.log(`first contentful paint: ${Math.round(paint)} ms`);
  const count = await everyChartHasMarks("full", page);
  check(count >= 15, "full: all kinds of charts are there", String(count));
  for (const part of ["answer", "overhead", "startup", "groups", "curves", "cold", "claims", "ladder", "two-runs", "history", "method"]) {
    check(await page.locator(`section#${part}`).count() === 1, `full: has the section ${part}`);
  }
  const order = await page.evaluate(() => [...document.querySelectorAll("main > section")].map((one) => one.id));
  check(order[0] === "answer" && order.at(-1) === "method", "full: the answer comes first, the method last", order.join(" "));

  // Details, by mouse and by key.
  const cell = page.locator("#overhead button[data-cell]").nth(1);
  await cell.click();
  check(await page.locator("dialog#detail").evaluate((one) => one.open), "a click opens a cell's detail");
  check((await page.locator("#detail-title").textContent()).length > 0, "a detail has a title");
  check(await page.locator("#detail-facts tr").count() >= 4, "a detail has facts");
  await page.waitForSelector("#detail-chart svg g.mark-symbol path", { timeout: 10000 });
  await shot(page, "detail", false);
  await page.keyboard.press("Escape");
  check(!await page.locator("dialog#detail").evaluate((one) => one.open), "Escape closes a detail");
  await cell.focus();
  const before = await page.evaluate(() => document.activeElement.dataset.cell);
  await page.keyboard.press("ArrowRight");
  check(await page.evaluate(() => document.activeElement.dataset.cell) !== before, "arrows walk over cells");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  check(await page.locator("dialog#detail").evaluate((one) => one.open), "Enter opens a cell's detail");
  await page.keyboard.press("Escape");

  // What lies under the pointer.
  const mark = page.locator("#groups .chart g.mark-symbol path").first();
  await mark.scrollIntoViewIfNeeded();
  await mark.hover({ force: true });
  await page.waitForFunction(() => !document.getElementById("tip").hidden, null, { timeout: 5000 }).catch(() => {});
  check(await page.locator("#tip").isVisible(), "a mark tells its numbers under the pointer");

  // Behind every chart a table; folded rows can be unfolded.
  const tables = await page.evaluate(() => [...document.querySelectorAll("main figure")].filter((one) => !one.querySelector("table tbody tr")).length);
  check(tables === 0, "every chart has a table behind it");

  // The raw result.
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#download").click()]);
  const got = fs.readFileSync(await download.path(), "utf8");
  check(got === fs.readFileSync(path.join(pages, "first", "result.json"), "utf8"), "the raw result comes out as it went in");

  await hasNoBarriers("full", page);
  await shot(page, "light");
  await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
  await shot(page, "first-screen", false);
  await isCalm("full", opened);

  // Nothing else runs, nothing leaves.
  const escaped = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "window.escaped = 1";
    document.body.append(script);
    let sent = false;
    await fetch("http://127.0.0.1:48089/").then(() => { sent = true; }, () => {});
    await new Promise((resolve) => setTimeout(resolve, 200));  // the browser reports in its own time
    return { ran: "escaped" in window, sent, violations: window.violations.length };
  });
  check(!escaped.ran && !escaped.sent && escaped.violations >= 2, "the policy stops scripts and requests", JSON.stringify(escaped));

  // On paper.
  await page.emulateMedia({ media: "print", colorScheme: "light" });
  check(!await page.locator("nav").isVisible(), "print: no navigation");
  await shot(page, "print");
  const pdf = await page.pdf({ format: "A4", printBackground: true, preferCSSPageSize: true });
  fs.writeFileSync(path.join(shots, "print.pdf"), pdf);
  check(pdf.length > 20000, "print: a PDF comes out");
  await opened.close();
};

const testDark = async (browser) => {
  const opened = await open(browser, "plain.html", { colorScheme: "dark" });
  const { page } = opened;
  const lightness = await page.evaluate(() => {
    const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
    return (red + green + blue) / 3;
  });
  check(lightness < 60, "dark: the page is dark", String(lightness));
  await everyChartHasMarks("dark", page);
  await hasNoBarriers("dark", page);
  await shot(page, "dark");
  await isCalm("dark", opened);
  await opened.close();
};

const testPhone = async (browser) => {
  const opened = await open(browser, "plain.html", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const { page } = opened;
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  check(width <= 391, "phone: nothing sticks out to the right", `${width} px`);
  await shot(page, "phone");
  await isCalm("phone", opened);
  await opened.close();
};

const testHostile = async (browser) => {
  const opened = await open(browser, "hostile.html");
  const { page } = opened;
  check(await page.evaluate(() => window.hacked === undefined), "hostile: nothing was run");
  check(await page.locator("img, svg[onload]").count() === 0, "hostile: no markup came of names");
  check((await page.locator("#overhead").textContent()).includes("<script>window.hacked=1</script>"), "hostile: names are shown as text");
  await page.locator("#overhead button[data-cell]").nth(1).click();
  check((await page.locator("#detail-title").textContent()).includes("<script>"), "hostile: text in details, too");
  check(await page.evaluate(() => window.hacked === undefined), "hostile: nothing was run by a detail");
  check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), "hostile: 4 KiB names don't stretch the page");
  await page.keyboard.press("Escape");
  await everyChartHasMarks("hostile", page);
  await shot(page, "hostile");
  await isCalm("hostile", opened);
  await opened.close();
};

const testSite = async (browser) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  page.on("request", (request) => { if (!request.url().startsWith("file://")) said.push(request.url()); });
  const site = "file://" + path.join(pages, "site") + "/";
  await page.goto(site + "index.html");
  check(await page.locator("table tbody tr").count() === 60, "site: a line for each run");
  await shot(page, "site-index", false);
  await page.locator("table a").first().click();
  check(await page.locator("table tbody a").count() === 7, "site: a run's page has its cells");
  await page.goto(site + "trends/group2.html");
  await page.locator("details.cell summary").first().click();
  await page.waitForSelector("details.cell[data-drawn] g.mark-symbol path", { timeout: 20000 });
  check(await page.locator("details.cell table tbody tr").count() > 5, "site: a trend has its table");
  await hasNoBarriers("site", page);
  await shot(page, "site-trends", false);
  check(said.length === 0, "site: says nothing and fetches nothing from elsewhere", said.slice(0, 3).join("; "));
  await context.close();
};

(async () => {
  fs.mkdirSync(shots, { recursive: true });
  const browser = await chromium.launch({ executablePath: process.env.STRATA_CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    for (const test of [testFull, testDark, testPhone, testHostile, testSite]) await test(browser);
  } finally {
    await browser.close();
  }
  console.log(`${checks - failures} of ${checks} checks hold; screenshots in ${shots}`);
  process.exitCode = failures === 0 ? 0 : 1;
})().catch((error) => {
  console.log("FAILED: " + error.stack);
  process.exitCode = 1;
});
