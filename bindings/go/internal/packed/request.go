// Package packed writes and reads the flat form of the library's calls, as opt_call_packed in opttrack.h describes it:
// one buffer a call, so that Go crosses into C once, user and all. It is plain Go and knows nothing of C.
//
// A request is written piece by piece, in this order: head, keys, variable, user id, attributes, tags, segments, forced
// decisions, the profile if its flag is set, predictions.
package packed

import (
	"encoding/binary"
	"math"
	"reflect"
)

// Version is the first byte of every request and of every answer.
const Version = 1

// Call says which call a request makes.
type Call byte

// The calls, numbered as OPT_PACKED_… in the header.
const (
	Track                  Call = 1
	Activate               Call = 2
	GetVariation           Call = 3
	IsFeatureEnabled       Call = 4
	GetEnabledFeatures     Call = 5
	Decide                 Call = 6
	DecideForKeys          Call = 7
	DecideAll              Call = 8
	GetFeatureVariable     Call = 9
	GetAllFeatureVariables Call = 10
)

// Flags say what the caller does itself.
type Flags uint16

// The flags, numbered as OPT_PACKED_… in the header.
const (
	Notify      Flags = 1 // the answer carries the notifications that the call causes
	WithProfile Flags = 2 // the caller has looked the profile up, and the request has it
	Predicts    Flags = 4 // predictions that are missing are asked of the caller
)

// Kind says what a value is.
type Kind byte

// The kinds of values, numbered as OPT_VALUE_… in the header.
const (
	None   Kind = 0
	Bool   Kind = 1
	Int    Kind = 2
	Double Kind = 3
	Text   Kind = 4
)

// noSegments stands where the number of qualified segments would, when they were never fetched.
const noSegments = math.MaxUint32

// MaxSize is the length that no request may pass: its texts carry their lengths in 32 bits. Within it no text can be
// longer than its length says.
const MaxSize = math.MaxUint32

// AppendHead starts a request: what is called, what the caller does itself, with which options, for which key.
func AppendHead(request []byte, call Call, flags Flags, options uint32, key string) []byte {
	request = append(request, Version, byte(call))
	request = binary.LittleEndian.AppendUint16(request, uint16(flags))
	request = AppendCount(request, options)
	return AppendText(request, key)
}

// AppendTexts writes a number of texts and each of them, such as the flag keys of DecideForKeys.
func AppendTexts(request []byte, texts []string) []byte {
	request = AppendCount(request, uint32(len(texts)))
	for _, text := range texts {
		request = AppendText(request, text)
	}
	return request
}

// AppendVariable writes the variable of GetFeatureVariable and the type that it should have, 0 for any; "" and 0 for the
// other calls.
func AppendVariable(request []byte, key string, kind uint32) []byte {
	return AppendCount(AppendText(request, key), kind)
}

// AppendCount writes a 32-bit number, such as the one in front of attributes and of tags.
func AppendCount(request []byte, count uint32) []byte {
	return binary.LittleEndian.AppendUint32(request, count)
}

// AppendText writes a length and the bytes.
func AppendText(request []byte, text string) []byte {
	request = binary.LittleEndian.AppendUint32(request, uint32(len(text)))
	return append(request, text...)
}

// AppendSegments writes the qualified segments; nil says that they were never fetched.
func AppendSegments(request []byte, segments []string) []byte {
	if segments == nil {
		return AppendCount(request, noSegments)
	}
	return AppendTexts(request, segments)
}

// Prediction is what a bandit said, or that it said nothing.
type Prediction struct {
	RuleID      string
	Had         bool
	VariationID string
	UUID        string
}

// AppendPredictions ends a request.
func AppendPredictions(request []byte, predictions []Prediction) []byte {
	request = AppendCount(request, uint32(len(predictions)))
	for place := range predictions {
		prediction := &predictions[place]
		request = AppendText(request, prediction.RuleID)
		request = append(request, 0)
		if prediction.Had {
			request[len(request)-1] = 1
		}
		request = AppendText(request, prediction.VariationID)
		request = AppendText(request, prediction.UUID)
	}
	return request
}

// AppendNone writes a value that says there is none.
func AppendNone(request []byte) []byte {
	return append(request, byte(None))
}

// AppendBool writes true or false.
func AppendBool(request []byte, value bool) []byte {
	if value {
		return append(request, byte(Bool), 1)
	}
	return append(request, byte(Bool), 0)
}

// AppendInt writes a whole number.
func AppendInt(request []byte, value int64) []byte {
	return binary.LittleEndian.AppendUint64(append(request, byte(Int)), uint64(value))
}

// AppendUint writes a whole number, or the nearest double if 63 bits don't hold it.
func AppendUint(request []byte, value uint64) []byte {
	if value > math.MaxInt64 {
		return AppendDouble(request, float64(value))
	}
	return AppendInt(request, int64(value))
}

// AppendDouble writes a floating-point number; NaN and the infinities too, which are the library's to judge.
func AppendDouble(request []byte, value float64) []byte {
	return binary.LittleEndian.AppendUint64(append(request, byte(Double)), math.Float64bits(value))
}

// AppendString writes a value that is a text.
func AppendString(request []byte, value string) []byte {
	return AppendText(append(request, byte(Text)), value)
}

// AppendAny writes a value of any type; of one that the Events API has no word for, that there is none.
func AppendAny(request []byte, value any) []byte {
	switch value := value.(type) {
	case string:
		return AppendString(request, value)
	case int:
		return AppendInt(request, int64(value))
	case bool:
		return AppendBool(request, value)
	case float64:
		return AppendDouble(request, value)
	case int64:
		return AppendInt(request, value)
	}
	return appendReflected(request, value)
}

// appendReflected writes the rarer numbers, and values of types that are based on a plain one (type Plan string).
func appendReflected(request []byte, value any) []byte {
	reflected := reflect.ValueOf(value)
	switch reflected.Kind() {
	case reflect.String:
		return AppendString(request, reflected.String())
	case reflect.Bool:
		return AppendBool(request, reflected.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return AppendInt(request, reflected.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return AppendUint(request, reflected.Uint())
	case reflect.Float32, reflect.Float64:
		return AppendDouble(request, reflected.Float())
	}
	return AppendNone(request)
}
