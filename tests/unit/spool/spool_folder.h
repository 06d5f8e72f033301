#pragma once

#include "lib/dispatch/outbox.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace postrider::testing {

/// While this lives, no file of this process grows beyond a few pages.
class FullDisk {
public:
    FullDisk() {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, SIG_IGN);
        const struct rlimit full { 16384, before_.rlim_max };
        ::setrlimit(RLIMIT_FSIZE, &full);
    }
    FullDisk(const FullDisk&) = delete;
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, SIG_DFL);
    }

private:
    struct rlimit before_ {};
};

/// A test with a temporary folder in which spools can be made.
struct SpoolFolder : ::testing::Test {
    SpoolFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "postrider-spool-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        parent = pattern;
    }
    ~SpoolFolder() override { std::filesystem::remove_all(parent); }

    static AttemptResult result(AttemptId id, std::string reason = "") {
        AttemptResult result;
        result.attempt_id = id;
        result.message_id = 100 + id;
        result.outcome = Outcome::failed(Verdict::rejected, std::move(reason));
        result.disposition = Disposition::given_up;
        return result;
    }
    static std::vector<AttemptId> ids(const std::vector<AttemptResult>& results) {
        std::vector<AttemptId> found;
        found.reserve(results.size());
        for (const AttemptResult& each : results) found.push_back(each.attempt_id);
        return found;
    }

    std::filesystem::path parent;
    std::filesystem::path folder() const { return parent / "spool"; }
    std::filesystem::path file() const { return folder() / "spool.sqlite"; }
};

}  // namespace postrider::testing
