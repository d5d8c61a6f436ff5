import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The licences of what a bundle holds of other people's: they ask to be passed on with it.
 * @param {import('esbuild').Metafile} metafile of the bundle, made in the working directory of this process
 * @returns {string} Markdown; throws when a package comes without a licence
 */
export function licencesOf({ inputs }) {
  const folders = new Set(
    Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? []),
  );
  const packages = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (typeof license !== 'string') throw new Error(`${name} ${version} does not name its licence.`);
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
    return { heading: `## ${name} - ${version} (${license})`, text };
  });
  const sections = packages
    .sort((one, other) => one.heading.localeCompare(other.heading, 'en'))
    .map(({ heading, text }) => `${heading}\n${text === '' ? '' : `\n${text}\n`}`);
  return `# Licenses\n\nThis bundle holds the following packages.\n\n${sections.join('\n')}`;
}
