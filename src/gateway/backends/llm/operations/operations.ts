import type { Exchange } from '../../../exchange.ts';
import type { Operation, OperationHost } from './host.ts';
import { compileModelList } from './model-list.ts';

/** Finds who serves what is no chat request; null for everything else. */
export function compileOperations(host: OperationHost): (x: Exchange) => Operation | null {
  const modelList = compileModelList(host);
  return (x) => modelList(x);
}
