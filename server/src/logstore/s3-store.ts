import type { S3Client } from '@aws-sdk/client-s3';
import { type LogStore, StoreFailed } from './log-store.js';

/** A bucket of an S3 service. */
export interface S3Place {
  bucket: string;
  /** Before each name, ending in `/`; or ''. */
  prefix: string;
  /** Undefined is that of AWS. */
  endpoint: string | undefined;
  region: string;
  /** Undefined is as AWS's programs find them: environment, profile, role of the machine. */
  credentials: { accessKeyId: string; secretAccessKey: string } | undefined;
}

/** How long a connection may take to come about, and a request, ms: much less than a claim of a mover. */
const connectMs = 5_000;
const requestMs = 60_000;

export function openS3Store({ bucket, prefix, endpoint, region, credentials }: S3Place): LogStore {
  let opened: Promise<S3Client> | undefined;
  // Loaded where it is wanted alone: few servers have such a store.
  const load = () => import('@aws-sdk/client-s3');
  const client = async () => {
    opened ??= load().then(
      (sdk) =>
        new sdk.S3Client({
          region,
          ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
          ...(credentials && { credentials }),
          maxAttempts: 3,
          // What other services than AWS's may not know; the mover reads back what it wrote.
          requestChecksumCalculation: 'WHEN_REQUIRED',
          responseChecksumValidation: 'WHEN_REQUIRED',
          requestHandler: {
            connectionTimeout: connectMs,
            requestTimeout: requestMs,
            throwOnRequestTimeout: true,
          },
        }),
    );
    return opened;
  };
  const at = (name: string) => ({ Bucket: bucket, Key: prefix + name });
  return {
    put: (name, bytes) =>
      told(async () => {
        const { PutObjectCommand } = await load();
        const object = { ...at(name), Body: bytes, ContentType: 'application/octet-stream' };
        await (await client()).send(new PutObjectCommand(object));
      }),
    get: (name) =>
      told(async () => {
        const { GetObjectCommand } = await load();
        try {
          const { Body } = await (await client()).send(new GetObjectCommand(at(name)));
          return Body && Buffer.from(await Body.transformToByteArray());
        } catch (error) {
          if ((error as Error).name === 'NoSuchKey') return undefined;
          throw error;
        }
      }),
    delete: (name) =>
      told(async () => {
        const { DeleteObjectCommand } = await load();
        await (await client()).send(new DeleteObjectCommand(at(name)));
      }),
  };

  async function told<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      const { name, message } = error as Error;
      throw new StoreFailed(`The bucket ${bucket} fails: ${name}: ${message}`, { cause: error });
    }
  }
}
