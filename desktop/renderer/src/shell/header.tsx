import { Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { WaitingBadge } from '../approvals/waiting-badge.js';
import { useAppExtras } from '../base/app-extras.js';
import { Wordmark } from '../ui/wordmark.js';
import { AccountMenu } from './account-menu.js';
import { useQueueState } from './tab-state.js';
import { paletteKey } from './use-palette-key.js';

interface Props {
  onSignOut: (() => void) | undefined;
  onPalette: () => void;
  onHelp: () => void;
}

/** The one line above every screen. */
export function Header({ onSignOut, onPalette, onHelp }: Props) {
  const { screens } = useAppExtras();
  const running = useQueueState().data?.running ?? 0;
  return (
    <header className="flex shrink-0 items-center gap-x-2 border-line border-b bg-raised px-3 sm:gap-x-6 sm:px-6">
      <Link href="/sessions" className="hidden md:block" aria-label="AgentFleet, to the sessions">
        <Wordmark />
      </Link>
      <nav
        aria-label="Main"
        className="-mb-px flex min-w-0 flex-1 gap-2 overflow-x-auto max-sm:text-[13px] overflow-y-hidden [scrollbar-width:none] sm:gap-5"
      >
        <NavLink href="/sessions" name="Sessions">
          {running > 0 && (
            <span className="ml-1.5 hidden rounded-full bg-accent-soft px-1.5 text-[12px] text-accent tabular-nums sm:inline-block">
              {running}
              <span className="sr-only"> running</span>
            </span>
          )}
        </NavLink>
        <NavLink href="/runners" name="Runners" />
        <NavLink href="/usage" name="Usage" />
        <NavLink
          href={screens[0]?.path ?? '/settings/api-keys'}
          below={['/settings', ...screens.map(({ path }) => path)]}
          name="Settings"
        />
      </nav>
      <div className="flex shrink-0 items-center sm:gap-1">
        <WaitingBadge />
        <button
          type="button"
          className="button icon lg:!hidden quiet max-sm:!w-8"
          aria-label="Search and commands"
          onClick={onPalette}
        >
          <Search aria-hidden="true" size={17} />
        </button>
        <button
          type="button"
          className="button !hidden lg:!inline-flex w-72 !justify-start !font-normal text-soft"
          onClick={onPalette}
        >
          <Search aria-hidden="true" size={15} />
          Search or command
          <kbd className="ml-auto">{paletteKey}</kbd>
        </button>
        <AccountMenu onSignOut={onSignOut} onHelp={onHelp} />
      </div>
    </header>
  );
}

interface NavProps {
  href: string;
  /** Every address below these counts as being there; `href` where it is not given. */
  below?: readonly string[];
  name: string;
  children?: ReactNode;
}

/** On a narrow screen the names do not all fit beside each other: the one in force is seen. */
const intoView = (link: HTMLElement | null) => link?.scrollIntoView({ block: 'nearest', inline: 'nearest' });

function NavLink({ href, below = [href], name, children }: NavProps) {
  const [path] = useLocation();
  const here = below.some((each) => path === each || path.startsWith(`${each}/`));
  const look = here ? 'border-accent text-ink' : 'border-transparent text-soft hover:text-ink';
  return (
    <Link
      href={href}
      aria-current={here ? 'page' : undefined}
      ref={here ? intoView : undefined}
      className={`relative flex shrink-0 items-center whitespace-nowrap border-b-2 py-3 ${look}`}
    >
      {name}
      {children}
    </Link>
  );
}
