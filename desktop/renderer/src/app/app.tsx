import type { Transport } from '../transport/transport.js';
export function App(_props: { transport: Transport }) {
  return <main>AgentFleet</main>;
}
