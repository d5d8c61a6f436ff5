import { withHiddenSpelled } from '@agentfleet/contract';
import { ImageOff, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { useTransport } from '../../base/transport-context.js';
import { imageWords, type ShownImage } from '../../conversation/images.js';
import { Modal } from '../../ui/modal.js';

/** Images of a log, no higher than a part of the screen; each opens as large as there is room. @param of what they are of */
export function Images({ images, of }: { images: readonly ShownImage[]; of: string }) {
  return (
    <div className="flex flex-wrap gap-2 border-line border-t p-2 first:border-t-0">
      {Array.from(images.entries(), ([place, image]) => (
        <OneImage
          key={place}
          image={image}
          alt={images.length === 1 ? `Image: ${of}` : `Image ${place + 1} of ${images.length}: ${of}`}
        />
      ))}
    </div>
  );
}

function OneImage({ image, alt }: { image: ShownImage; alt: string }) {
  const transport = useTransport();
  const [large, setLarge] = useState(false);
  const [state, setState] = useState<'loading' | 'shown' | 'failed'>('loading');
  const [tries, setTries] = useState(0);
  const { address, size } = image;
  if (address === undefined) {
    return (
      <p className="flex items-center gap-2 px-1 py-0.5 text-soft">
        <ImageOff aria-hidden="true" size={15} className="shrink-0" />
        {imageWords(image)}: not kept
      </p>
    );
  }
  if (state === 'failed') {
    return (
      <p role="alert" className="flex flex-wrap items-center gap-x-2 gap-y-1 px-1 py-0.5 text-soft">
        <ImageOff aria-hidden="true" size={15} className="shrink-0" />
        The image is not there ({imageWords(image)}): it was removed, or the server does not answer.
        <button
          type="button"
          className="button quiet"
          onClick={() => {
            setTries(tries + 1);
            setState('loading');
          }}
        >
          <RotateCw aria-hidden="true" size={14} />
          Try again
        </button>
      </p>
    );
  }
  const source = transport.imageAddress(address);
  return (
    <>
      <button
        type="button"
        className={`picture ${state}`}
        aria-label={withHiddenSpelled(`${alt}. Show it larger`)}
        title={`${imageWords(image)} · show it larger`}
        onClick={() => setLarge(true)}
      >
        <img
          key={tries}
          src={source}
          alt=""
          loading="lazy"
          decoding="async"
          width={size?.width}
          height={size?.height}
          onLoad={() => setState('shown')}
          onError={() => setState('failed')}
        />
      </button>
      {large && (
        <Modal title={alt} detail={imageWords(image)} onClose={() => setLarge(false)} wide="full">
          <Large source={source} alt={withHiddenSpelled(alt)} />
        </Modal>
      )}
    </>
  );
}

/** As large as the window has room for; what is very high is as wide as that, and scrolls. */
function Large({ source, alt }: { source: string; alt: string }) {
  const [isHigh, setIsHigh] = useState(false);
  return (
    <img
      src={source}
      alt={alt}
      className={`picture-large ${isHigh ? '' : 'whole'}`}
      onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
        setIsHigh(naturalHeight > naturalWidth * 1.8)
      }
    />
  );
}
