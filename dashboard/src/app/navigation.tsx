// The list of pages. Takes the time range along from page to page, and the filters that most pages know.
import { Link } from '@tanstack/react-router';
import { Icon, type IconName } from '../ui/icons.tsx';

const PAGES = [
  { to: '/spend', label: 'Spend', icon: 'spend' },
  { to: '/calls', label: 'Calls', icon: 'calls' },
  { to: '/latency', label: 'Latency', icon: 'latency' },
  { to: '/load-tests', label: 'Load tests', icon: 'loadTests' },
  { to: '/recommendations', label: 'Recommendations', icon: 'recommendations' },
  { to: '/budgets', label: 'Budgets', icon: 'budgets' },
  { to: '/gpus', label: 'GPUs', icon: 'gpus' },
  { to: '/findings', label: 'Findings', icon: 'findings' },
  { to: '/audit', label: 'Audit', icon: 'audit' },
] as const satisfies readonly { to: string; label: string; icon: IconName }[];

export function Navigation({ onPick }: { onPick: () => void }) {
  return (
    <nav className="tg-nav" aria-label="Pages">
      {PAGES.map(({ to, label, icon }) => (
        <Link
          key={to}
          to={to}
          search={({ range, from, to: until, team, model }) => ({ range, from, to: until, team, model })}
          activeOptions={{ includeSearch: false }}
          className="tg-nav-link"
          activeProps={{ 'aria-current': 'page' }}
          onClick={onPick}
        >
          <Icon name={icon} />
          {label}
        </Link>
      ))}
    </nav>
  );
}
