import { chatSubjects, testGoldenCases } from '../testing/golden.ts';
import { completionsFormat } from './completions.ts';

testGoldenCases(chatSubjects(completionsFormat), new URL('testdata/', import.meta.url));
