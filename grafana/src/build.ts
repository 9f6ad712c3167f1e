// Writes the dashboards as JSON into grafana/built, where Grafana's provisioning reads them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { overviewDashboard } from './overview-dashboard.ts';

const built = fileURLToPath(new URL('../built/', import.meta.url));
mkdirSync(built, { recursive: true });
writeFileSync(`${built}tollgate-overview.json`, `${JSON.stringify(overviewDashboard(), null, 2)}\n`);
