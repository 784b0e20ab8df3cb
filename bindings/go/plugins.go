package opttrack

// What a client decides with beside the datafile, and whom it tells.

import (
	"time"

	"github.com/libopttrack/libopttrack/bindings/go/internal/capi"
)

// What waits for listeners, and how much of it, unless WithNotificationQueue says otherwise: all but the batches, which
// are large.
const (
	defaultQueueTypes    = fromWorker &^ NotifyLogEvent &^ NotifyLog
	defaultQueueCapacity = 1000
)

// WithDecideOptions sets options that every call of [Client.Decide], [Client.DecideForKeys] and [Client.DecideAll] goes by,
// in addition to its own. They do not touch the other calls.
func WithDecideOptions(options ...DecideOption) Option {
	return Option{func(b *builder) *capi.Failure {
		b.defaults = sum(options)
		return b.options.SetDefaultDecideOptions(uint32(b.defaults))
	}}
}

// WithUserProfileService keeps the variations of visitors in a service of the host's. Nil: nowhere, the default. New
// refuses one beside [WithUserProfileDirectory].
func WithUserProfileService(service ProfileService) Option {
	return Option{func(b *builder) *capi.Failure {
		b.profileService = service
		return nil
	}}
}

// WithUserProfileTimeout sets how long each call of the user profile service is waited for, default
// [DefaultUserProfileTimeout]; what it does afterwards is its own business. Zero or less: for ever.
func WithUserProfileTimeout(timeout time.Duration) Option {
	return Option{func(b *builder) *capi.Failure {
		b.profileTimeout = timeout
		return nil
	}}
}

// WithUserProfileDirectory keeps the variations of visitors in files of the library's in this directory, which is made if
// it is missing and which any number of clients and processes may share. New refuses it beside a service of the host's,
// and fails with [ErrDisk] where the directory can't be used.
func WithUserProfileDirectory(path string) Option {
	return Option{func(b *builder) *capi.Failure {
		b.profileDirectory = true
		return b.options.SetUserProfileDirectory(path)
	}}
}

// WithPredictor has the host choose the variations of rules with a contextual bandit, in place of Optimizely's prediction
// service. Nil: the service does, the default.
func WithPredictor(service Predictor) Option {
	return Option{func(b *builder) *capi.Failure {
		b.predictor = service
		return nil
	}}
}

// WithCMABEndpoint says where predictions are asked for: an http:// or https:// URL that holds "%s" once, for the rule's
// id. Default: Optimizely's prediction service. A [PredictionRequest]'s Body is posted there, and
// {"predictions": [{"variation_id": "…"}]} is the answer.
func WithCMABEndpoint(urlTemplate string) Option {
	return Option{func(b *builder) *capi.Failure { return b.options.SetCMABEndpoint(urlTemplate) }}
}

// WithCMABTimeout sets how long a prediction is waited for, default 10 s: each of the two attempts at the prediction
// service, or a call of the [Predictor].
func WithCMABTimeout(timeout time.Duration) Option {
	return Option{func(b *builder) *capi.Failure {
		b.cmabTimeout = timeout
		return b.options.SetCMABTimeout(milliseconds(timeout))
	}}
}

// WithCMABCache sets how many predictions are kept, and for how long. Zero: the default, 10,000 and half an hour.
func WithCMABCache(entries int, lifetime time.Duration) Option {
	return Option{func(b *builder) *capi.Failure {
		return b.options.SetCMABCache(clamp(int64(entries)), milliseconds(lifetime))
	}}
}

// WithNotificationQueue says what of that which no call of Go's causes is kept for listeners, a sum of [NotifyLogEvent],
// [NotifyConfigUpdate], [NotifyDeadLetter] and [NotifyDrop], and how many notifications of it may wait; then the oldest go.
// It takes the place of the default, a thousand of all but log events: a queue of those holds every batch in memory, also
// while nobody listens.
func WithNotificationQueue(types NotificationType, capacity int) Option {
	return Option{func(b *builder) *capi.Failure {
		b.queued, b.capacity = types, capacity
		return nil
	}}
}
