package boot

import "strings"

type tokenKind int

const (
	tokenWord   tokenKind = iota
	tokenPipe             // |
	tokenEnd              // newline ; && || &
	tokenOutput           // > or >>, the next word is the file
	tokenInput            // text of a here-document
	tokenRaw              // the same with a quoted mark: nothing is expanded
)

// token is a piece of shell. Words keep their quotes until they are expanded.
type token struct {
	kind tokenKind
	text string
}

// tokenizer splits shell text into tokens.
type tokenizer struct {
	text   string
	at     int
	tokens []token
	word   strings.Builder
	inWord bool
	// pending are the delimiters of here-documents that begin on the next line.
	pending []hereMark
}

type hereMark struct {
	word   string
	quoted bool
}

func tokenize(text string) []token {
	t := &tokenizer{text: strings.ReplaceAll(text, "\\\n", " ")}
	for t.at < len(t.text) {
		t.step()
	}
	t.endWord()
	return t.tokens
}

func (t *tokenizer) endWord() {
	if t.inWord {
		t.tokens = append(t.tokens, token{tokenWord, t.word.String()})
	}
	t.word.Reset()
	t.inWord = false
}

func (t *tokenizer) push(kind tokenKind) {
	t.endWord()
	t.tokens = append(t.tokens, token{kind: kind})
}

func (t *tokenizer) keep(length int) {
	length = min(length, len(t.text)-t.at)
	t.word.WriteString(t.text[t.at : t.at+length])
	t.inWord = true
	t.at += length
}

func (t *tokenizer) has(prefix string) bool {
	return strings.HasPrefix(t.text[t.at:], prefix)
}

// step reads one character, quoted piece or operator.
func (t *tokenizer) step() {
	switch c := t.text[t.at]; {
	case c == ' ' || c == '\t' || c == '\r':
		t.endWord()
		t.at++
	case c == '\n':
		t.push(tokenEnd)
		t.at++
		t.hereDocuments()
	case c == '#' && !t.inWord:
		t.skipLine()
	case c == '\\':
		t.keep(2)
	case c == '\'' || c == '"':
		t.keep(quotedLength(t.text[t.at:]))
	case t.has("$(") || t.has("${"):
		t.keep(bracketLength(t.text[t.at:]))
	default:
		t.operator()
	}
}

func (t *tokenizer) skipLine() {
	if end := strings.IndexByte(t.text[t.at:], '\n'); end >= 0 {
		t.at += end
		return
	}
	t.at = len(t.text)
}

func (t *tokenizer) operator() {
	switch {
	case t.has("&>") || t.has(">&"):
		t.at += 2
		t.push(tokenOutput)
	case t.has("&&") || t.has("||") || t.has(";;"):
		t.at += 2
		t.push(tokenEnd)
	case t.has("|"):
		t.at++
		t.push(tokenPipe)
	case t.has(";") || t.has("&") || t.has("(") || t.has(")"):
		t.at++
		t.push(tokenEnd)
	case t.has("<<"):
		t.readHereMark()
	case t.has("<"):
		t.at++
		t.endWord()
	case t.has(">"):
		t.outputMark()
	default:
		t.keep(1)
	}
}

// outputMark reads > and >>; it drops the number of a stream in front.
func (t *tokenizer) outputMark() {
	stream := t.word.String()
	if stream == "1" || stream == "2" {
		t.word.Reset()
		t.inWord = false
	}
	t.at++
	if t.has(">") || t.has("|") {
		t.at++
	}
	if stream == "2" && t.has("&") {
		t.at += 2
		return
	}
	t.push(tokenOutput)
}

// readHereMark reads <<EOF, <<-EOF, <<'EOF' and the here-string <<<.
func (t *tokenizer) readHereMark() {
	t.endWord()
	t.at += 2
	if t.has("<") {
		t.at++
		return
	}
	if t.has("-") {
		t.at++
	}
	rest := t.text[t.at:]
	trimmed := strings.TrimLeft(rest, " ")
	end := strings.IndexAny(trimmed, " \n;|&>")
	if end < 0 {
		end = len(trimmed)
	}
	t.at += len(rest) - len(trimmed) + end
	word := strings.Trim(trimmed[:end], `'"\`)
	t.pending = append(t.pending, hereMark{word: word, quoted: word != trimmed[:end]})
}

// hereDocuments reads the text of the here-documents of the line before, and
// inserts it before the end of that line.
func (t *tokenizer) hereDocuments() {
	for _, mark := range t.pending {
		var body []string
		for t.at < len(t.text) {
			line, _, _ := strings.Cut(t.text[t.at:], "\n")
			t.at = min(t.at+len(line)+1, len(t.text))
			if strings.TrimSpace(line) == mark.word {
				break
			}
			body = append(body, line)
		}
		last := len(t.tokens) - 1
		input := token{tokenInput, strings.Join(body, "\n")}
		if mark.quoted {
			input.kind = tokenRaw
		}
		t.tokens = append(t.tokens[:last], input, t.tokens[last])
	}
	t.pending = nil
}

// quotedLength returns the length of the quoted piece at the start, including
// the quotes.
func quotedLength(text string) int {
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && text[0] == '"':
			i++
		case text[i] == text[0]:
			return i + 1
		}
	}
	return len(text)
}

// bracketLength returns the length of $(…) or ${…} at the start.
func bracketLength(text string) int {
	open, closing := text[1], byte(')')
	if open == '{' {
		closing = '}'
	}
	depth := 0
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case open:
			depth++
		case closing:
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}
