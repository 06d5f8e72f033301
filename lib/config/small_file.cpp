#include "lib/config/small_file.h"

#include "lib/model/private.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace postrider {
namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }

private:
    int fd_;
};

FileFault fault(const std::filesystem::path& file, const std::string& why) {
    return {file.string() + ": " + why};
}

FileFault fault(const std::filesystem::path& file, int error) {
    return fault(file, std::generic_category().message(error));
}

}  // namespace

boost::system::result<std::string, FileFault> read_small_file(const std::filesystem::path& file,
                                                              std::size_t size_max) {
    const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (descriptor.get() < 0) return fault(file, errno);
    // One allocation, so that a secret leaves no copies behind; one byte more tells what is too large.
    std::string content(size_max + 1, '\0');
    std::size_t size = 0;
    while (size < content.size()) {
        const ::ssize_t got = ::read(descriptor.get(), content.data() + size, content.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            const int error = errno;
            wipe(content);
            return fault(file, error);
        }
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    if (size > size_max) {
        wipe(content);
        return fault(file, "larger than " + std::to_string(size_max / 1024) + " KiB");
    }
    content.resize(size);
    return {boost::system::in_place_value, std::move(content)};
}

}  // namespace postrider
