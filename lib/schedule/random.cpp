#include "lib/schedule/random.h"

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <random>

namespace postrider {

namespace {

class SystemRandom final : public Random {
public:
    double unit() override { return std::uniform_real_distribution<double>(0, 1)(engine_); }
    std::string uuid() override { return boost::uuids::to_string(uuids_()); }

private:
    std::mt19937_64 engine_{std::random_device{}()};
    boost::uuids::random_generator uuids_;  // from the operating system
};

}  // namespace

std::unique_ptr<Random> make_system_random() { return std::make_unique<SystemRandom>(); }

}  // namespace postrider
