#pragma once

#include "lib/jobs/job_runner.h"
#include "lib/net/http_client.h"

#include <memory>

namespace postrider {

/// Makes the requests of jobs; the client outlives it.
std::unique_ptr<JobRunner> make_http_runner(HttpClient& http);

}  // namespace postrider
