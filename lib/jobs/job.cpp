#include "lib/jobs/job.h"

namespace postrider {

std::string_view to_string(RunStatus status) {
    switch (status) {
        case RunStatus::success: return "success";
        case RunStatus::error: return "error";
        case RunStatus::killed: return "killed";
        case RunStatus::interrupted: return "interrupted";
    }
    return "";
}

}  // namespace postrider
