import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { contentTypeOf } from '../../../lambdas/shared/domain/media/content-types.ts';
import { mediaKindOf, supportedExtensions } from '../../../lambdas/shared/domain/media/media.ts';
import { CommandProblem, errorCode } from '../../program/problem.ts';

/** A video or an image on this machine, with its key and type in the bucket. */
export interface MediaFile {
  path: string;
  key: string;
  contentType: string;
}

/** The media of a folder, and the keys of files that are skipped. */
export interface MediaFolder {
  files: MediaFile[];
  /** Media of a format that Bedrock does not accept. */
  unsupported: string[];
  others: string[];
}

/** The supported formats, for messages. */
export const expectedFiles = `videos (${supportedExtensions.video}) or images (${supportedExtensions.image})`;

/**
 * Reads a folder and its sub-folders; a file's path in it becomes its key.
 *
 * @throws CommandProblem when there is no such folder or no media in it
 */
export async function readMediaFolder(folder: string): Promise<MediaFolder> {
  const folderMedia: MediaFolder = { files: [], unsupported: [], others: [] };
  for (const path of await filesIn(folder)) {
    const key = relative(folder, path).replaceAll(sep, '/');
    const contentType = contentTypeOf(key);
    // `._clip.mp4` is what macOS leaves beside a clip on a foreign disk: a video by its name only.
    if (key.split('/').some((name) => name.startsWith('.'))) folderMedia.others.push(key);
    else if (contentType) folderMedia.files.push({ path, key, contentType });
    else if (mediaKindOf(key)) folderMedia.unsupported.push(key);
    else folderMedia.others.push(key);
  }
  if (folderMedia.files.length > 0) return folderMedia;
  const got = folderMedia.unsupported.length + folderMedia.others.length;
  throw new CommandProblem(
    `${folder} has ${got} files and none that can be analysed; expected ${expectedFiles}: ` +
      'name another folder after --media.',
  );
}

/** The key prefixes of a folder's media: its sub-folders, or everything if some are in none. */
export function prefixesOf(media: readonly MediaFile[]): string[] {
  if (media.some(({ key }) => !key.includes('/'))) return [''];
  return [...new Set(media.map(({ key }) => key.slice(0, key.indexOf('/') + 1)))].sort();
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = await Promise.all(
      entries.map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        if (!entry.isSymbolicLink()) return entry.isFile() ? [path] : [];
        // A link to a folder or to nothing is not a file.
        const target = await stat(path).catch(() => undefined);
        return target?.isFile() ? [path] : [];
      }),
    );
    return paths.flat().sort();
  } catch (error) {
    const code = errorCode(error) ?? error;
    const why =
      code === 'ENOENT' ? 'does not exist' : code === 'ENOTDIR' ? 'is not a folder' : `cannot be read (${code})`;
    throw new CommandProblem(`${folder} ${why}: name a folder with media after --media.`, { cause: error });
  }
}
