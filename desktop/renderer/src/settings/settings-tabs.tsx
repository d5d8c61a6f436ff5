import { Link, useLocation } from 'wouter';
import { useAppExtras } from '../base/app-extras.js';

const tabs = [
  ['/settings/api-keys', 'API keys'],
  ['/settings/audit', 'Audit'],
  ['/settings/appearance', 'Appearance'],
] as const;

/** The way between the screens of the settings. */
export function SettingsTabs() {
  const [path] = useLocation();
  const extras = useAppExtras().screens.map(({ path, name }) => [path, name] as const);
  return (
    <nav aria-label="Settings" className="flex flex-wrap gap-1">
      {[...extras, ...tabs].map(([href, name]) => (
        <Link
          key={href}
          href={href}
          aria-current={path === href ? 'page' : undefined}
          className={`rounded-md px-2.5 py-1 ${path === href ? 'bg-accent-soft font-medium text-accent' : 'text-soft hover:text-ink'}`}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
