import { callNode, identNode, qualifiedName, type MessageField, type Node } from './ast.ts';
import { CelError } from './errors.ts';
import { integerValue, tokenize, type Token } from './lexer.ts';
import type { CelLimits } from './limits.ts';
import { findMacro, MacroError } from './macros.ts';
import { CelDouble } from './values.ts';

/** Binary operators: binding power and the function that each calls. All associate to the left. */
const binary: { readonly [op: string]: readonly [power: number, name: string] } = {
  '||': [1, '_||_'],
  '&&': [2, '_&&_'],
  '<': [3, '_<_'],
  '<=': [3, '_<=_'],
  '>': [3, '_>_'],
  '>=': [3, '_>=_'],
  '==': [3, '_==_'],
  '!=': [3, '_!=_'],
  in: [3, '@in'],
  '+': [4, '_+_'],
  '-': [4, '_-_'],
  '*': [5, '_*_'],
  '/': [5, '_/_'],
  '%': [5, '_%_'],
};
/** Operators whose chains become one call of many arguments, so that long lists of conditions stay shallow. */
const flat: ReadonlySet<string> = new Set(['||', '&&']);

const constants: ReadonlyMap<string, null | boolean> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const reserved: ReadonlySet<string> = new Set(
  'as break const continue else for function if import in let loop namespace package return var void while'.split(' '),
);

/** Parses an expression of the CEL grammar and expands its macros; throws {@link CelError}. */
export function parse(source: string, limits: CelLimits): Node {
  if (source.length > limits.sourceLength) {
    throw new CelError(`the expression is longer than ${limits.sourceLength} characters`, '', 0);
  }
  return new Parser(source, limits).parse();
}

class Parser {
  readonly #source: string;
  readonly #limits: CelLimits;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(source: string, limits: CelLimits) {
    this.#source = source;
    this.#limits = limits;
    this.#tokens = tokenize(source);
  }

  parse(): Node {
    const node = this.#expression();
    if (this.#token.kind !== 'end') this.#fail(`unexpected ${describe(this.#token)}`);
    return node;
  }

  get #token(): Token {
    return this.#tokens[this.#next] as Token;
  }

  #fail(message: string, pos: number = this.#token.pos): never {
    throw new CelError(message, this.#source, pos);
  }

  #is(text: string): boolean {
    const token = this.#token;
    return token.kind === 'op' && token.text === text;
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#next++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#fail(`expected '${text}', found ${describe(this.#token)}`);
  }

  #expression(): Node {
    if (++this.#depth > this.#limits.depth)
      this.#fail(`the expression is nested deeper than ${this.#limits.depth} levels`);
    const condition = this.#binary(1);
    const pos = this.#token.pos;
    let node = condition;
    if (this.#take('?')) {
      const then = this.#binary(1);
      this.#expect(':');
      node = callNode(pos, '_?_:_', [condition, then, this.#expression()]);
    }
    this.#depth--;
    return node;
  }

  #binary(power: number): Node {
    let left = this.#unary();
    for (;;) {
      const token = this.#token;
      const row = token.kind === 'op' || token.text === 'in' ? binary[token.text] : undefined;
      if (row === undefined || row[0] < power || token.kind === 'quoted') return left;
      if (flat.has(token.text)) {
        const operands = [left];
        while (this.#take(token.text)) operands.push(this.#binary(row[0] + 1));
        left = callNode(token.pos, row[1], operands);
      } else {
        this.#next++;
        left = callNode(token.pos, row[1], [left, this.#binary(row[0] + 1)]);
      }
    }
  }

  #unary(): Node {
    const first = this.#token;
    if (!this.#is('!') && !this.#is('-')) return this.#member(this.#primary());
    this.#next++;
    const operand = this.#token;
    if (first.text === '-' && operand.kind === 'int') {
      this.#next++;
      const value = integerValue(operand, true, this.#source);
      return this.#member({ kind: 'literal', pos: first.pos, value });
    }
    if (first.text === '-' && operand.kind === 'literal' && operand.value instanceof CelDouble) {
      this.#next++;
      return this.#member({ kind: 'literal', pos: first.pos, value: new CelDouble(-operand.value.value) });
    }
    if (++this.#depth > this.#limits.depth)
      this.#fail(`the expression is nested deeper than ${this.#limits.depth} levels`);
    const node = callNode(first.pos, first.text === '!' ? '!_' : '-_', [this.#unary()]);
    this.#depth--;
    return node;
  }

  #member(start: Node): Node {
    let node = start;
    for (;;) {
      const pos = this.#token.pos;
      if (this.#take('.')) {
        const optional = this.#take('?');
        const token = this.#token;
        if (token.kind !== 'ident' && token.kind !== 'quoted')
          this.#fail(`expected a field name, found ${describe(token)}`);
        if (token.kind === 'ident' && constants.has(token.text)) this.#fail(`'${token.text}' cannot be a field name`);
        this.#next++;
        if (!optional && token.kind === 'ident' && this.#is('(')) node = this.#call(token, node);
        else node = { kind: 'select', pos: token.pos, operand: node, field: token.text, test: false, optional };
      } else if (this.#take('[')) {
        const name = this.#take('?') ? '_[?_]' : '_[_]';
        const index = this.#expression();
        this.#expect(']');
        node = callNode(pos, name, [node, index]);
      } else if (this.#is('{')) {
        const name = qualifiedName(node);
        if (name === null) return node;
        this.#next++;
        node = { kind: 'message', pos: start.pos, name, fields: this.#messageFields() };
      } else {
        return node;
      }
    }
  }

  #primary(): Node {
    const token = this.#token;
    if (token.kind === 'literal') {
      this.#next++;
      return { kind: 'literal', pos: token.pos, value: token.value };
    }
    if (token.kind === 'int') {
      this.#next++;
      return { kind: 'literal', pos: token.pos, value: integerValue(token, false, this.#source) };
    }
    if (token.kind === 'ident') return this.#identifier(false);
    if (this.#take('(')) {
      const node = this.#expression();
      this.#expect(')');
      return node;
    }
    if (this.#take('[')) return { kind: 'list', pos: token.pos, elements: this.#elements() };
    if (this.#take('{')) return { kind: 'map', pos: token.pos, entries: this.#entries() };
    if (this.#take('.')) {
      if (this.#token.kind !== 'ident') this.#fail(`expected a name after '.', found ${describe(this.#token)}`);
      return this.#identifier(true);
    }
    return this.#fail(`expected an expression, found ${describe(token)}`);
  }

  #identifier(absolute: boolean): Node {
    const token = this.#token;
    this.#next++;
    const constant = constants.get(token.text);
    if (constant !== undefined && !absolute) return { kind: 'literal', pos: token.pos, value: constant };
    if (reserved.has(token.text)) this.#fail(`'${token.text}' is a reserved word`, token.pos);
    if (this.#is('(')) return this.#call(absolute ? { ...token, text: `.${token.text}` } : token, null);
    return { ...identNode(token.pos, token.text), absolute };
  }

  #call(name: Token, target: Node | null): Node {
    this.#expect('(');
    const args: Node[] = [];
    if (!this.#is(')')) {
      do args.push(this.#expression());
      while (this.#take(','));
    }
    this.#expect(')');
    const macro = findMacro(name.text, target, args.length);
    if (macro === undefined) return callNode(name.pos, name.text, args, target);
    try {
      return macro(name.pos, target, args) ?? callNode(name.pos, name.text, args, target);
    } catch (cause) {
      if (cause instanceof MacroError) throw new CelError(cause.message, this.#source, cause.pos);
      throw cause;
    }
  }

  #elements(): { value: Node; optional: boolean }[] {
    const elements: { value: Node; optional: boolean }[] = [];
    while (!this.#take(']')) {
      const optional = this.#take('?');
      elements.push({ value: this.#expression(), optional });
      this.#separator(']');
    }
    return elements;
  }

  #entries(): { key: Node; value: Node; optional: boolean }[] {
    const entries: { key: Node; value: Node; optional: boolean }[] = [];
    while (!this.#take('}')) {
      const optional = this.#take('?');
      const key = this.#expression();
      this.#expect(':');
      entries.push({ key, value: this.#expression(), optional });
      this.#separator('}');
    }
    return entries;
  }

  #messageFields(): MessageField[] {
    const fields: MessageField[] = [];
    while (!this.#take('}')) {
      const optional = this.#take('?');
      const token = this.#token;
      if (token.kind !== 'ident' && token.kind !== 'quoted')
        this.#fail(`expected a field name, found ${describe(token)}`);
      this.#next++;
      this.#expect(':');
      fields.push({ pos: token.pos, name: token.text, value: this.#expression(), optional });
      this.#separator('}');
    }
    return fields;
  }

  /** After an element: a comma (also a trailing one) or the closing bracket. */
  #separator(close: string): void {
    if (!this.#is(close)) this.#expect(',');
  }
}

function describe(token: Token): string {
  if (token.kind === 'end') return 'the end of the expression';
  return token.kind === 'literal' && token.text === '' ? 'a string' : `'${token.text}'`;
}
