interface Props {
  name: string;
  look?: string;
  isSending: boolean;
  /** Something is being sent already. */
  isOff: boolean;
  title?: string;
  describedBy?: string;
  /** What tells it from others of its name, where several stand in one list. */
  about?: string | undefined;
  onPress: () => void;
}

/** Stays focusable while its answer is sent: the focus must not be lost for a moment. */
export function AnswerButton({
  name,
  look = '',
  isSending,
  isOff,
  title,
  describedBy,
  about,
  onPress,
}: Props) {
  const shown = isSending ? 'Sending…' : name;
  return (
    <button
      type="button"
      className={`button ${look}`}
      aria-disabled={isOff}
      aria-label={about === undefined ? undefined : `${shown}: ${about}`}
      aria-describedby={describedBy}
      title={title}
      onClick={onPress}
    >
      {shown}
    </button>
  );
}
