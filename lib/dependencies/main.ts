import { writeFileSync } from 'node:fs';
import lock from '../../package-lock.json' with { type: 'json' };
import { licencesText, runtimePackages } from './licences.ts';

writeFileSync('THIRD-PARTY.md', licencesText(runtimePackages(lock)));
