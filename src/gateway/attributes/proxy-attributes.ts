import { ExchangeSlot } from '../exchange-slot.ts';
import type { Exchange } from '../exchange.ts';

/** `proxy` of expressions: which part of the configuration a request came in at. */
export interface ProxyAttributes {
  readonly bind: string;
  readonly gateway: { readonly name: string; readonly namespace: string };
  readonly listener: { readonly name: string };
  readonly route: {
    readonly name: string;
    readonly namespace: string;
    readonly kind: 'HTTPRoute';
    readonly rule: string;
  };
}

/** Where exchanges came in that another worker passed on, which are on no route here. */
export const cameIn: ExchangeSlot<ProxyAttributes> = new ExchangeSlot();

/** `proxy` of an exchange. */
export function proxyAttributes(x: Exchange): ProxyAttributes {
  return (
    cameIn.get(x) ?? {
      bind: x.bind.key,
      gateway: { name: x.listener?.gatewayName ?? '', namespace: x.listener?.gatewayNamespace ?? '' },
      listener: { name: x.listener?.name ?? '' },
      route: {
        name: x.route?.name ?? '',
        namespace: x.route?.namespace ?? '',
        kind: 'HTTPRoute',
        rule: x.route?.ruleName ?? '',
      },
    }
  );
}
