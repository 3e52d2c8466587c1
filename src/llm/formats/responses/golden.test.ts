import { chatSubjects, testGoldenCases } from '../testing/golden.ts';
import { responsesFormat } from './responses.ts';

testGoldenCases(chatSubjects(responsesFormat), new URL('testdata/', import.meta.url));
