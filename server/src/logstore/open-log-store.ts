import { openFolderStore } from './folder-store.js';
import type { LogStore } from './log-store.js';
import { openS3Store, type S3Place } from './s3-store.js';

/** Where the setting LOG_STORE leads. */
export type LogPlace = { folder: string } | S3Place;

export const openLogStore = (place: LogPlace): LogStore =>
  'folder' in place ? openFolderStore(place.folder) : openS3Store(place);
