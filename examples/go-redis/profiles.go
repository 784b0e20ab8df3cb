package main

// A user profile service that keeps profiles in Redis.

import (
	"context"
	"time"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
	"github.com/redis/go-redis/v9"
)

const (
	// patience is how long one exchange with Redis may take. A decision waits for it, so it is short; what takes longer
	// counts as failed, is logged by the client, and the decision is made without a profile.
	patience = 500 * time.Millisecond

	// memory is how long a visitor who stays away keeps the variation.
	memory = 90 * 24 * time.Hour
)

// profiles are hashes in Redis, one a visitor: the variation's id by the experiment's. Each experiment is a field of its
// own, so two processes that save the same visitor at the same time don't undo each other's work.
type profiles struct {
	database *redis.Client
}

// Lookup reads a visitor's hash.
func (p profiles) Lookup(userID string) (*opttrack.Profile, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	stored, err := p.database.HGetAll(ctx, key(userID)).Result()
	if err != nil || len(stored) == 0 {
		return nil, err
	}
	profile := &opttrack.Profile{UserID: userID, ExperimentBucketMap: map[string]opttrack.ExperimentBucket{}}
	for experimentID, variationID := range stored {
		profile.ExperimentBucketMap[experimentID] = opttrack.ExperimentBucket{VariationID: variationID}
	}
	return profile, nil
}

// Save writes a visitor's hash, and begins its time anew.
func (p profiles) Save(profile opttrack.Profile) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	fields := map[string]string{}
	for experimentID, bucket := range profile.ExperimentBucketMap {
		fields[experimentID] = bucket.VariationID
	}
	_, err := p.database.TxPipelined(ctx, func(commands redis.Pipeliner) error {
		commands.HSet(ctx, key(profile.UserID), fields)
		commands.Expire(ctx, key(profile.UserID), memory)
		return nil
	})
	return err
}

func key(userID string) string {
	return "opttrack:profile:" + userID
}
