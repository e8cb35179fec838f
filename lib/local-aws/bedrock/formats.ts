/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_VideoBlock.html */
export const videoFormats = ['mkv', 'mov', 'mp4', 'webm', 'flv', 'mpeg', 'mpg', 'wmv', 'three_gp'] as const;
/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageBlock.html */
export const imageFormats = ['png', 'jpeg', 'gif', 'webp'] as const;
type MediaFormat = (typeof videoFormats | typeof imageFormats)[number];

// One container with brands, to which cameras do not keep.
const isoMedia = ['MPEG-4', 'QuickTime', 'XAVC'];
const mpeg = ['MPEG-PS', 'MPEG Video'];

/**
 * The Content-Types and containers that fit the format of a prompt; containers are named as the MediaInfo library names
 * them. Content-Types: https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html, with those of most
 * tools for mpg and wmv. That images need theirs, and that the bytes must fit, is UNVERIFIED: the strict reading.
 */
export const signsOf: Record<MediaFormat, { contentTypes: string[]; containers: string[] }> = {
  mkv: { contentTypes: ['video/x-matroska'], containers: ['Matroska'] },
  mov: { contentTypes: ['video/quicktime'], containers: isoMedia },
  mp4: { contentTypes: ['video/mp4'], containers: isoMedia },
  webm: { contentTypes: ['video/webm'], containers: ['WebM'] },
  flv: { contentTypes: ['video/x-flv'], containers: ['Flash Video'] },
  mpeg: { contentTypes: ['video/mpeg'], containers: mpeg },
  mpg: { contentTypes: ['video/mpg', 'video/mpeg'], containers: mpeg },
  wmv: { contentTypes: ['video/wmv', 'video/x-ms-wmv'], containers: ['Windows Media'] },
  three_gp: { contentTypes: ['video/3gpp'], containers: isoMedia },
  png: { contentTypes: ['image/png'], containers: ['PNG'] },
  jpeg: { contentTypes: ['image/jpeg'], containers: ['JPEG'] },
  gif: { contentTypes: ['image/gif'], containers: ['GIF'] },
  webp: { contentTypes: ['image/webp'], containers: ['WebP'] },
};

/** Set by S3 and some tools without a type: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export const genericContentTypes = ['binary/octet-stream', 'application/octet-stream'];
