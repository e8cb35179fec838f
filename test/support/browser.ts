import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';

/** Without a sandbox, because tests run as root in containers; and without all that a browser sends by itself. */
const args = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
];

/** A page as it was opened, with what went wrong in it. */
export interface OpenedPage {
  page: Page;
  /**
   * What the page or its policy said on the console, errors that nobody caught, and requests to anywhere but the page
   * itself.
   */
  complaints: string[];
}

/** Debian's Chromium, or the one that `CHROMIUM` names, for all tests of a file. */
export function browserForTests() {
  let browser: Browser;
  beforeAll(async () => {
    const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
    browser = await chromium.launch({ executablePath, args });
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });
  afterAll(() => browser.close());

  return {
    /** Opens a file as a person does, by its URL. */
    async open(url: string, options: BrowserContextOptions = {}): Promise<OpenedPage> {
      const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('dialog', (dialog) => {
        complaints.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on('request', (request) => {
        if (request.url() !== url) complaints.push(`request: ${request.url()}`);
      });
      await page.goto(url);
      return { page, complaints };
    },
  };
}
