import { createContext, useContext } from 'react';
import type { Transport } from '../transport/transport.js';

export const TransportContext = createContext<Transport | null>(null);

/** The product, as every screen reaches it. */
export function useTransport(): Transport {
  const transport = useContext(TransportContext);
  if (!transport) throw new Error('TransportContext is missing above this component');
  return transport;
}
