#include "lib/process/supervisor.h"

#include <sstream>

namespace postrider {

namespace {

constexpr const char* seal = "end of report\n";  // a supervisor that is killed has written part of it

}  // namespace

std::string SupervisedEnd::to_report() const {
    std::ostringstream out;
    out << static_cast<int>(how) << ' ' << number << ' ' << static_cast<int>(cause) << ' ' << left << ' '
        << (stage.empty() ? "-" : stage) << ' ' << output.size() << '\n'
        << output << errors << seal;
    return out.str();
}

std::optional<SupervisedEnd> SupervisedEnd::from_report(const std::string& report) {
    if (!report.ends_with(seal)) return std::nullopt;
    const std::size_t line = report.find('\n');
    std::istringstream in(report.substr(0, line));
    SupervisedEnd end;
    int how_number = 0;
    int cause_number = 0;
    std::size_t output_size = 0;
    in >> how_number >> end.number >> cause_number >> end.left >> end.stage >> output_size;
    if (!in) return std::nullopt;
    end.how = static_cast<How>(how_number);
    end.cause = static_cast<Cause>(cause_number);
    const std::size_t size = std::char_traits<char>::length(seal);
    const std::string said = report.substr(line + 1, report.size() - line - 1 - size);
    if (output_size > said.size()) return std::nullopt;
    end.output = said.substr(0, output_size);
    end.errors = said.substr(output_size);
    return end;
}

}  // namespace postrider
