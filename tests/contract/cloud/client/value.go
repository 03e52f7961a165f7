package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Value is a JSON value as it came: numbers keep their digits, and null differs
// from a member that is absent.
type Value struct {
	value  any
	exists bool
}

// Of returns what a Go value is as JSON.
func Of(value any) Value {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return parse(encoded)
}

func parse(text []byte) Value {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return Value{}
	}
	return Value{value, true}
}

// At returns the value at a path such as "spec.rules.0.name".
func (v Value) At(path string) Value {
	for name := range strings.SplitSeq(path, ".") {
		v = v.Member(name)
	}
	return v
}

// Member returns a member of an object by its name, or of an array by its
// index.
func (v Value) Member(name string) Value {
	switch within := v.value.(type) {
	case map[string]any:
		member, found := within[name]
		return Value{member, found}
	case []any:
		if i, err := strconv.Atoi(name); err == nil && i < len(within) {
			return Value{within[i], true}
		}
	}
	return Value{}
}

// Exists is true for null too.
func (v Value) Exists() bool { return v.exists }

// IsNull is true for null, but not for what does not exist.
func (v Value) IsNull() bool { return v.exists && v.value == nil }

// IsString, IsObject and IsArray report the type.
func (v Value) IsString() bool { _, is := v.value.(string); return is }
func (v Value) IsObject() bool { _, is := v.value.(map[string]any); return is }
func (v Value) IsArray() bool  { _, is := v.value.([]any); return is }

// String is the text of a string, else empty.
func (v Value) String() string { text, _ := v.value.(string); return text }

// Int is the value of an integer.
func (v Value) Int() (int64, bool) {
	number, is := v.value.(json.Number)
	if !is {
		return 0, false
	}
	value, err := number.Int64()
	return value, err == nil
}

// Items are the elements of an array.
func (v Value) Items() []Value {
	array, _ := v.value.([]any)
	items := make([]Value, len(array))
	for i, item := range array {
		items[i] = Value{item, true}
	}
	return items
}

// Object is an object by its members, else empty.
func (v Value) Object() map[string]any { object, _ := v.value.(map[string]any); return object }

// Equal compares with what a Go value is as JSON.
func (v Value) Equal(other any) bool {
	if text, is := other.(Value); is {
		return v.Text() == text.Text()
	}
	return v.Text() == Of(other).Text()
}

// Text is the value as JSON with sorted members, or "(absent)".
func (v Value) Text() string {
	if !v.exists {
		return "(absent)"
	}
	encoded, err := json.Marshal(v.value)
	if err != nil {
		return fmt.Sprint(v.value)
	}
	return string(encoded)
}

// MarshalJSON sends the value as it came.
func (v Value) MarshalJSON() ([]byte, error) { return json.Marshal(v.value) }

// Edited returns a copy with another value at the path, whose members exist.
func (v Value) Edited(path string, value any) Value {
	copied := Of(v)
	names := strings.Split(path, ".")
	inner := copied
	for _, name := range names[:len(names)-1] {
		inner = inner.Member(name)
	}
	inner.value.(map[string]any)[names[len(names)-1]] = Of(value).value
	return copied
}
