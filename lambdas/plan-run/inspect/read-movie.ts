import type { MediaHeader } from '../../shared/domain/media/media-header.ts';
import { type Box, boxesIn, contentOf, isLong, numberAt } from './boxes.ts';
import type { InspectedFile } from './inspected-file.ts';
import { type FragmentedTrack, readFragments } from './read-fragments.ts';

/** Handlers of tracks without pictures: https://mp4ra.org/registered-types/handlers, and QuickTime's `tmcd`. */
const otherHandlers = /^(?:soun|text|sbtl|subt|subp|clcp|tmcd|meta|hint)$/;

interface Track extends FragmentedTrack {
  id: number;
  handler: string;
  /** In units of the movie: its length in the track's header, and the sum of its edit list. */
  shown: number;
  edited: number;
}

type Found = Pick<MediaHeader, 'missing' | 'seconds'>;

/**
 * Reads the headers of MP4, MOV and 3GP: movie, tracks and fragments. The length is the longest of all that they say,
 * because any of them may say too little. The tables of samples, a megabyte for 20 minutes, are not read.
 * https://developer.apple.com/documentation/quicktime-file-format/movie_atom
 */
export async function readMovie(file: InspectedFile): Promise<Found> {
  for await (const box of boxesIn(file, { from: 0, to: file.size })) {
    if (box.type === 'moov') return readMovieBox(file, box);
  }
  return { missing: 'movie' };
}

async function readMovieBox(file: InspectedFile, movie: Box): Promise<Found> {
  const tracks: Track[] = [];
  let [timescale, duration, withFragments] = [0, 0, 0];
  let isFragmented = false;
  const defaults = new Map<number, number>();
  for await (const box of boxesIn(file, movie)) {
    // Compressed, as QuickTime did in the nineties.
    if (box.type === 'cmov') return {};
    if (box.type === 'trak') tracks.push(await readTrack(file, box));
    if (box.type === 'mvhd') [timescale, duration] = timesIn(await contentOf(file, box));
    if (box.type !== 'mvex') continue;
    isFragmented = true;
    for await (const inside of boxesIn(file, box)) {
      const content = await contentOf(file, inside);
      if (inside.type === 'trex') defaults.set(content.readUInt32BE(4), content.readUInt32BE(12));
      if (inside.type === 'mehd') withFragments = numberAt(content, 4, isLong(content));
    }
  }
  const isWhole = movie.to <= file.size;
  if (isWhole && tracks.every(({ handler }) => otherHandlers.test(handler))) return { missing: 'video track' };
  const lengths = [duration / timescale, withFragments / timescale];
  for (const { shown, edited, units, timescale: own } of tracks) {
    // A media that is longer than its edit list has parts that are not shown.
    lengths.push(shown / timescale, edited > 0 ? edited / timescale : units / own);
  }
  if (isFragmented) {
    const byId = new Map(tracks.map((track) => [track.id, { ...track, defaultDuration: defaults.get(track.id) ?? 0 }]));
    try {
      lengths.push(await readFragments(file, movie.to, byId));
    } catch (error) {
      // Where they are too many, what the movie says of all of them counts.
      if (!(withFragments > 0)) throw error;
    }
  }
  const seconds = Math.max(0, ...lengths.filter(Number.isFinite));
  return seconds > 0 ? { seconds } : {};
}

async function readTrack(file: InspectedFile, track: Box): Promise<Track> {
  const found: Track = { id: 0, handler: '', shown: 0, edited: 0, units: 0, timescale: 0, defaultDuration: 0 };
  for await (const box of boxesIn(file, track)) {
    if (box.type === 'tkhd') {
      const header = await contentOf(file, box);
      const at = isLong(header) ? 20 : 12;
      found.id = header.readUInt32BE(at);
      found.shown = numberAt(header, at + 8, isLong(header));
    }
    if (box.type !== 'mdia' && box.type !== 'edts') continue;
    for await (const inside of boxesIn(file, box)) {
      if (inside.type === 'minf') break;
      const content = await contentOf(file, inside, 64 * 1024);
      if (inside.type === 'hdlr') found.handler = content.toString('latin1', 8, 12);
      if (inside.type === 'mdhd') [found.timescale, found.units] = timesIn(content);
      if (inside.type === 'elst') found.edited = editedIn(content);
    }
  }
  return found;
}

function timesIn(header: Buffer): [timescale: number, duration: number] {
  const at = isLong(header) ? 20 : 12;
  return [header.readUInt32BE(at), numberAt(header, at + 4, isLong(header))];
}

/** The sum of all edits, also of those that show nothing for a while. A list that is not whole throws. */
function editedIn(list: Buffer): number {
  const long = isLong(list);
  const entries = list.readUInt32BE(4);
  let sum = 0;
  for (let entry = 0; entry < entries; entry++) sum += numberAt(list, 8 + entry * (long ? 20 : 12), long);
  return sum;
}
