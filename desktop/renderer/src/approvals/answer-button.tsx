interface Props {
  name: string;
  look?: string;
  isSending: boolean;
  /** Something is being sent already. */
  isOff: boolean;
  title?: string;
  describedBy?: string;
  onPress: () => void;
}

/** Stays focusable while its answer is sent: the focus must not be lost for a moment. */
export function AnswerButton({ name, look = '', isSending, isOff, title, describedBy, onPress }: Props) {
  return (
    <button
      type="button"
      className={`button ${look}`}
      aria-disabled={isOff}
      aria-describedby={describedBy}
      title={title}
      onClick={onPress}
    >
      {isSending ? 'Sending…' : name}
    </button>
  );
}
