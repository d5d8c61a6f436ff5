import { Component, type ReactNode } from 'react';

interface Props {
  /** Stands in for what could not be drawn. @param error what was thrown */
  instead: (error: unknown) => ReactNode;
  /** Another one than before is given another try. */
  of?: string;
  children: ReactNode;
}

/** Keeps a part that fails, e.g. one whose code could not be loaded, from taking the whole page with it. */
export class ErrorBoundary extends Component<Props, { failed: { error: unknown } | null }> {
  override state: { failed: { error: unknown } | null } = { failed: null };

  static getDerivedStateFromError(error: unknown) {
    return { failed: { error } };
  }

  override componentDidUpdate(before: Props) {
    if (this.state.failed && before.of !== this.props.of) this.setState({ failed: null });
  }

  override render() {
    const { failed } = this.state;
    return failed ? this.props.instead(failed.error) : this.props.children;
  }
}
