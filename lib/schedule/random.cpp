#include "lib/schedule/random.h"

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <system_error>

namespace postrider {

namespace {

/// The operating system's random bytes, fetched for many numbers at a time: asked for each UUID, they were a
/// system call for each message.
class SystemNumbers {
public:
    using result_type = std::uint32_t;
    static constexpr result_type min() { return std::numeric_limits<result_type>::min(); }
    static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

    result_type operator()() {
        if (next_ == fetched_.size()) {
            if (::getentropy(fetched_.data(), sizeof fetched_) != 0)
                throw std::system_error(errno, std::generic_category(), "cannot get random bytes");
            next_ = 0;
        }
        return fetched_[next_++];
    }

private:
    std::array<result_type, 64> fetched_{};  // the most that is given at once
    std::size_t next_ = fetched_.size();
};

class SystemRandom final : public Random {
public:
    double unit() override { return std::uniform_real_distribution<double>(0, 1)(engine_); }
    std::string uuid() override { return boost::uuids::to_string(uuids_()); }

private:
    std::mt19937_64 engine_{std::random_device{}()};
    SystemNumbers numbers_;
    boost::uuids::basic_random_generator<SystemNumbers> uuids_{numbers_};
};

}  // namespace

std::unique_ptr<Random> make_system_random() { return std::make_unique<SystemRandom>(); }

}  // namespace postrider
