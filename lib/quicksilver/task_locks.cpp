#include "lib/quicksilver/task_locks.h"

#include "lib/quicksilver/lock_files.h"

namespace postrider {

namespace {

class FileLocks final : public TaskLocks {
public:
    explicit FileLocks(BlockingPool& files) : files_(files) {}

    Task<std::vector<std::string>> present(SiteTaskSettings settings, std::string command) override {
        auto look = [locks = LockFiles(settings.lock_folder, settings.site), command] {
            return locks.present(command);
        };
        co_return co_await files_.run(std::move(look));
    }

    Task<bool> clear(SiteTaskSettings settings, std::string command,
                     std::vector<std::string> before) override {
        auto work = [locks = LockFiles(settings.lock_folder, settings.site), command, before] {
            return locks.clear(command, before);
        };
        co_return co_await files_.run(std::move(work));
    }

private:
    BlockingPool& files_;
};

}  // namespace

std::unique_ptr<TaskLocks> make_task_locks(BlockingPool& files) { return std::make_unique<FileLocks>(files); }

}  // namespace postrider
