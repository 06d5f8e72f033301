#include "lib/process/supervisor.h"

#include <sstream>

namespace postrider {

namespace {

constexpr const char* seal = "end of report\n";  // a supervisor that is killed has written part of it

}  // namespace

std::string SupervisedEnd::to_report() const {
    std::ostringstream out;
    out << static_cast<int>(how) << ' ' << number << ' ' << static_cast<int>(cause) << ' ' << left << ' '
        << (stage.empty() ? "-" : stage) << '\n'
        << output << seal;
    return out.str();
}

std::optional<SupervisedEnd> SupervisedEnd::from_report(const std::string& report) {
    if (!report.ends_with(seal)) return std::nullopt;
    const std::size_t line = report.find('\n');
    std::istringstream in(report.substr(0, line));
    SupervisedEnd end;
    int how_number = 0;
    int cause_number = 0;
    in >> how_number >> end.number >> cause_number >> end.left >> end.stage;
    if (!in) return std::nullopt;
    end.how = static_cast<How>(how_number);
    end.cause = static_cast<Cause>(cause_number);
    const std::size_t size = std::char_traits<char>::length(seal);
    end.output = report.substr(line + 1, report.size() - line - 1 - size);
    return end;
}

}  // namespace postrider
