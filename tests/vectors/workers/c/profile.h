// The user profile service of a question: one user has a profile, or none, and what is saved last is remembered.
#ifndef OPTTRACK_WORKER_PROFILE_H
#define OPTTRACK_WORKER_PROFILE_H

#include <opttrack.h>

#include "json.h"
#include "output.h"

typedef struct {
  opt_str user;
  // The stored profile as JSON; empty if there is none.
  output stored;
  // The profile that was given to be saved last; empty if none was.
  output saved;
} profile_service;

// The service that a question describes; `service` must outlive the client.
void profile_read(profile_service *service, const json *question);

// The callbacks, whose user data is the service.
void profile_lookup(opt_str user_id, opt_reply *reply, void *service);
void profile_save(opt_str user_id, opt_str profile, opt_reply *reply, void *service);

void profile_free(profile_service *service);

#endif
