import { callNode, identNode, qualifiedName, type Node } from './ast.ts';
import * as loops from './loops.ts';

/** A macro used wrongly; the parser turns it into a {@link CelError}. */
export class MacroError extends Error {
  readonly pos: number;
  constructor(message: string, pos: number) {
    super(message);
    this.name = 'MacroError';
    this.pos = pos;
  }
}

/** Rewrites a call; null leaves it the call that it was. */
export type Macro = (pos: number, target: Node | null, args: readonly Node[]) => Node | null;

/** The macro of a call by name, receiver and number of arguments, if it is one. */
export function findMacro(name: string, target: Node | null, args: number): Macro | undefined {
  const namespace = target === null ? null : qualifiedName(target);
  const qualified = namespace === null ? undefined : macros.get(`${namespace}.${name}/${args}`);
  return qualified ?? macros.get(`${target === null ? '' : '*.'}${name}/${args}`);
}

function variable(node: Node | undefined): string {
  if (node?.kind === 'ident' && !node.absolute) return node.name;
  throw new MacroError('expected the name of a variable', node?.pos ?? 0);
}

/** A macro of `count` variables and then the bodies of the loop. */
function loop(kind: loops.LoopKind, count: 1 | 2): Macro {
  return (pos, target, args) => {
    const variables = args.slice(0, count).map(variable);
    if (new Set(variables).size < count) throw new MacroError('the two variables must differ', args[1]?.pos ?? pos);
    return { kind: 'loop', pos, loop: kind, range: target as Node, variables, bodies: args.slice(count) };
  };
}

function has(pos: number, _target: Node | null, args: readonly Node[]): Node {
  const operand = args[0] as Node;
  if (operand.kind !== 'select' || operand.test) {
    throw new MacroError('has() takes a field selection such as has(a.b)', operand.pos);
  }
  return { ...operand, pos, test: true };
}

function bind(pos: number, _target: Node | null, args: readonly Node[]): Node {
  return { kind: 'let', pos, name: variable(args[0]), value: args[1] as Node, body: args[2] as Node };
}

function withVariable(pos: number, target: Node | null, args: readonly Node[]): Node {
  return { kind: 'let', pos, name: variable(args[0]), value: target as Node, body: args[1] as Node };
}

/** `o.optMap(v, e)` and `o.optFlatMap(v, e)`; the name of the temporary cannot be written in an expression. */
function optionalMap(wrap: (pos: number, body: Node) => Node): Macro {
  return (pos, target, args) => {
    const temporary = '@optional';
    const held = identNode(pos, temporary);
    const body: Node = {
      kind: 'let',
      pos,
      name: variable(args[0]),
      value: callNode(pos, 'value', [], held),
      body: args[1] as Node,
    };
    const choice = callNode(pos, '_?_:_', [
      callNode(pos, 'hasValue', [], held),
      wrap(pos, body),
      callNode(pos, 'none', [], identNode(pos, 'optional')),
    ]);
    return { kind: 'let', pos, name: temporary, value: target as Node, body: choice };
  };
}

/** Keyed by name and number of arguments; `*.` marks one that is called on any value. */
const macros: ReadonlyMap<string, Macro> = new Map<string, Macro>([
  ['has/1', has],
  ['cel.bind/3', bind],
  ['*.with/2', withVariable],
  ['*.all/2', loop(loops.all, 1)],
  ['*.all/3', loop(loops.all, 2)],
  ['*.exists/2', loop(loops.exists, 1)],
  ['*.exists/3', loop(loops.exists, 2)],
  ['*.exists_one/2', loop(loops.existsOne, 1)],
  ['*.exists_one/3', loop(loops.existsOne, 2)],
  ['*.existsOne/2', loop(loops.existsOne, 1)],
  ['*.existsOne/3', loop(loops.existsOne, 2)],
  ['*.filter/2', loop(loops.filter, 1)],
  ['*.map/2', loop(loops.toListAll, 1)],
  ['*.map/3', loop(loops.toListWhere, 1)],
  ['*.transformList/3', loop(loops.toListAll, 2)],
  ['*.transformList/4', loop(loops.toListWhere, 2)],
  ['*.transformMap/3', loop(loops.toMapAll, 2)],
  ['*.transformMap/4', loop(loops.toMapWhere, 2)],
  ['*.mapValues/2', loop(loops.mapValues, 1)],
  ['*.filterKeys/2', loop(loops.filterKeys, 1)],
  ['*.optMap/2', optionalMap((pos, body) => callNode(pos, 'of', [body], identNode(pos, 'optional')))],
  ['*.optFlatMap/2', optionalMap((_pos, body) => body)],
]);
