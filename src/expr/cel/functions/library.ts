import { access } from './access.ts';
import { conversions } from './conversions.ts';
import { encoders } from './encoders.ts';
import { formatFunctions } from './format.ts';
import { gatewayFunctions } from './gateway.ts';
import { headerFunctions } from './headers.ts';
import { logicForms } from './logic.ts';
import { mathFunctions } from './math.ts';
import { networkFunctions } from './network.ts';
import { operators } from './operators.ts';
import { optionalFunctions } from './optionals.ts';
import { regexFunctions } from './regex.ts';
import { secretFunctions } from './secrets.ts';
import { stringFunctions } from './strings.ts';
import { lineByLine } from './line-by-line.ts';
import { FunctionTable, type FunctionDef } from './table.ts';
import { timeFunctions } from './time.ts';
import { uriFunctions } from './uri.ts';

/** Every function of the gateway's CEL: the standard ones, the extensions, and agentgateway's own. */
export const library: FunctionTable = withAccess(access);

/** The same for rules, where a client must not make a comparison false by sending a field twice. */
export const ruleLibrary: FunctionTable = withAccess(lineByLine);

function withAccess(functions: readonly FunctionDef[]): FunctionTable {
  return new FunctionTable([
    logicForms,
    operators,
    functions,
    conversions,
    stringFunctions,
    formatFunctions,
    regexFunctions,
    timeFunctions,
    optionalFunctions,
    mathFunctions,
    encoders,
    gatewayFunctions,
    networkFunctions,
    uriFunctions,
    headerFunctions,
    secretFunctions,
  ]);
}
