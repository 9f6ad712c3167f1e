// One remembered text in this browser. Where storage is forbidden or full it forgets, and nothing else changes.

export interface BrowserMemory {
  read(): string | null;
  write(text: string): void;
}

export function createBrowserMemory(browser: Pick<Window, 'localStorage'>, key: string): BrowserMemory {
  return {
    read() {
      try {
        return browser.localStorage.getItem(key);
      } catch {
        return null;
      }
    },
    write(text) {
      try {
        browser.localStorage.setItem(key, text);
      } catch {
        // Only a remembered preference is lost; the page works without it.
      }
    },
  };
}
