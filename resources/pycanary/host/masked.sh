# shellcheck shell=sh
# What a program said, without the values of the application's .env files. In: STATE.

# masked: a filter. Values of less than four characters stay, since ordinary text has them too.
masked() {
    set -- values=0 -
    for file in "${STATE%/*}"/environment/*.env; do
        [ ! -r "$file" ] || set -- "$file" "$@"
    done
    awk '
        # A value as pycanary writes it: in single quotes as it is, in double quotes with escapes.
        function read_value(text,    quote, i, c, value) {
            sub(/^[^=]*=/, "", text)
            quote = substr(text, 1, 1)
            text = substr(text, 2, length(text) - 2)
            if (quote == "\047") return text
            for (i = 1; i <= length(text); i++) {
                c = substr(text, i, 1)
                if (c == "\\") {
                    if (substr(text, i, 5) == "\\0140") { c = "`"; i += 4 } else c = substr(text, ++i, 1)
                }
                value = value c
            }
            return value
        }
        # The longest first, so that no tail of one is left.
        function learn(value,    i) {
            if (length(value) < 4) return
            for (i = ++count; i > 1 && length(known[i - 1]) < length(value); i--) known[i] = known[i - 1]
            known[i] = value
        }
        function in_json(text,    i, c, value) {
            for (i = 1; i <= length(text); i++) {
                c = substr(text, i, 1)
                value = value (c == "\\" || c == "\"" ? "\\" : "") c
            }
            return value
        }
        values { learn(value = read_value($0)); if (in_json(value) != value) learn(in_json(value)); next }
        {
            for (i = 1; i <= count; i++) {
                rest = $0
                $0 = ""
                while (at = index(rest, known[i])) {
                    $0 = $0 substr(rest, 1, at - 1) "****"
                    rest = substr(rest, at + length(known[i]))
                }
                $0 = $0 rest
            }
            print
        }' values=1 "$@"
}
