// The system's Chromium, driven for the dashboard tests. Records what a user would not want: errors, and requests to other hosts.
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findProgram } from '../system-packages.ts';

export const chromiumBinary = findProgram('chromium');

const ARGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function launchBrowser(): Promise<Browser> {
  if (chromiumBinary === undefined) throw new Error('chromium is not installed');
  return chromium.launch({ executablePath: chromiumBinary, args: ARGS });
}

export interface WatchedPage {
  readonly page: Page;
  /** Uncaught errors, refused resources and console errors, in order. */
  readonly problems: readonly string[];
  /** Addresses asked for on any other origin. */
  readonly foreignRequests: readonly string[];
}

/** A fresh browser profile, signed in by the link that `npm start` prints. */
export async function openDashboard(
  browser: Browser,
  options: { origin: string; token: string; context?: BrowserContextOptions },
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    ...options.context,
  });
  const page = await context.newPage();
  const problems: string[] = [];
  const foreignRequests: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(options.origin)) foreignRequests.push(request.url());
  });
  await page.goto(`${options.origin}/#token=${encodeURIComponent(options.token)}`);
  await page.waitForURL(/\/spend/);
  return { page, problems, foreignRequests };
}
