import { Component, type ReactNode } from 'react';

interface Props {
  /** Stands in for what could not be drawn. */
  instead: ReactNode;
  children: ReactNode;
}

/** Keeps a part that fails, e.g. one whose code could not be loaded, from taking the whole page with it. */
export class ErrorBoundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? this.props.instead : this.props.children;
  }
}
