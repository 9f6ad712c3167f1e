import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { overviewDashboard } from './overview-dashboard.ts';

describe('the overview dashboard', () => {
  it('stands in built/ as the code writes it (npm run build -w grafana)', () => {
    const committed = readFileSync(new URL('../built/tollgate-overview.json', import.meta.url), 'utf8');
    expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(overviewDashboard())));
  });

  it('gives every panel a title, a description and a query', () => {
    const panels = (overviewDashboard().panels ?? []).filter((panel) => panel.type !== 'row');
    expect(panels.length).toBeGreaterThan(15);
    for (const panel of panels) {
      expect(panel).toMatchObject({
        title: expect.stringMatching(/./),
        description: expect.stringMatching(/./),
      });
      expect('targets' in panel && panel.targets?.length).toBeGreaterThan(0);
    }
  });
});
