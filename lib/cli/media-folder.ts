import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import {
  isUnsupportedVideo,
  supportedVideoExtensions,
  type VideoFormat,
  videoFormatOf,
} from '../../lambdas/shared/media.ts';
import { CommandProblem } from './problem.ts';

/** A video on this machine, and what it is to be in the bucket. */
export interface VideoFile {
  path: string;
  key: string;
  contentType: string;
}

/** The videos of a folder, and the keys of what is left out. */
export interface MediaFolder {
  videos: VideoFile[];
  /** Videos of a kind that Bedrock does not take. */
  unsupported: string[];
  others: string[];
}

/** Bedrock goes by the Content-Type too: https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html */
const contentTypes: Record<VideoFormat, string> = {
  mkv: 'video/x-matroska',
  mov: 'video/quicktime',
  mp4: 'video/mp4',
  webm: 'video/webm',
  flv: 'video/x-flv',
  mpeg: 'video/mpeg',
  mpg: 'video/mpeg',
  wmv: 'video/x-ms-wmv',
  three_gp: 'video/3gpp',
};

/**
 * Looks through a folder and its sub-folders; a file's path in it becomes its key.
 *
 * @throws CommandProblem when there is no such folder or no video in it
 */
export async function readMediaFolder(folder: string): Promise<MediaFolder> {
  const found: MediaFolder = { videos: [], unsupported: [], others: [] };
  for (const path of await filesIn(folder)) {
    const key = relative(folder, path).replaceAll(sep, '/');
    const format = videoFormatOf(key);
    // `._clip.mp4` is what macOS leaves beside a clip on a foreign disk: a video by its name only.
    if (key.split('/').some((name) => name.startsWith('.'))) found.others.push(key);
    else if (format !== undefined) found.videos.push({ path, key, contentType: contentTypes[format] });
    else if (isUnsupportedVideo(key)) found.unsupported.push(key);
    else found.others.push(key);
  }
  if (found.videos.length > 0) return found;
  const got = found.unsupported.length + found.others.length;
  throw new CommandProblem(
    `${folder} has no video (${supportedVideoExtensions}), only ${got} other files: name a folder with videos after --media.`,
  );
}

/** The key prefixes under which a folder's videos lie: its sub-folders, or everything if some lie in none. */
export function prefixesOf(videos: readonly VideoFile[]): string[] {
  if (videos.some(({ key }) => !key.includes('/'))) return [''];
  return [...new Set(videos.map(({ key }) => key.slice(0, key.indexOf('/') + 1)))].sort();
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = await Promise.all(
      entries.map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        if (!entry.isSymbolicLink()) return entry.isFile() ? [path] : [];
        // A link that leads nowhere, or to a folder, is no file.
        const target = await stat(path).catch(() => undefined);
        return target?.isFile() ? [path] : [];
      }),
    );
    return paths.flat().sort();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    const why =
      code === 'ENOENT' ? 'does not exist' : code === 'ENOTDIR' ? 'is not a folder' : `cannot be read (${code})`;
    throw new CommandProblem(`${folder} ${why}: name a folder with videos after --media.`, { cause: error });
  }
}
