-- lua_work.lua - the script of the benchmark lua: returns a checksum of what each task found.

local sum = 17
local function mix(value) sum = (sum ~ value) * 1099511628211 + (sum >> 31) end

local seed = 42
local function random(limit)
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return (seed >> 8) % limit
end

-- calls
local function ackermann(m, n)
    if m == 0 then return n + 1 end
    if n == 0 then return ackermann(m - 1, 1) end
    return ackermann(m - 1, ackermann(m, n - 1))
end
mix(ackermann(2, 45))

-- tables as arrays, sorting with a comparison
local numbers = {}
for i = 1, 3000 do numbers[i] = random(100000) end
table.sort(numbers, function(a, b) return a > b end)
for i = 1, #numbers, 97 do mix(numbers[i]) end

-- objects, methods and inheritance
local Shape = {}
Shape.__index = Shape
function Shape.new(kind, size) return setmetatable({ size = size }, kind) end
function Shape:area() return self.size end
local Square = setmetatable({}, Shape)
Square.__index = Square
function Square:area() return self.size * self.size end
local total = 0
for i = 1, 6000 do total = total + Shape.new(i % 3 == 0 and Shape or Square, i % 50):area() end
mix(total)

-- strings: building, patterns, formats
local parts = {}
for i = 1, 700 do parts[#parts + 1] = string.format("%s-%03d:%.2f", "item", random(1000), i / 8) end
local text = table.concat(parts, ";")
local found = 0
for number, amount in text:gmatch("item%-(%d+):([%d.]+)") do
    found = found + tonumber(number) + math.floor(tonumber(amount))
end
mix(found)
local changed, count = text:gsub("(%d)(%d)", "%2%1")
mix(count)
for i = 1, #changed, 211 do mix(changed:byte(i)) end

-- tables as maps of strings
local words = {}
for i = 1, 4000 do
    local word = "w" .. random(500)
    words[word] = (words[word] or 0) + 1
end
local keys = {}
for word, n in pairs(words) do keys[#keys + 1] = word .. n end
table.sort(keys)
for i = 1, #keys, 7 do mix(#keys[i] + keys[i]:byte(-1)) end

-- closures
local function counter(step)
    local n = 0
    return function() n = n + step return n end
end
local counters = {}
for i = 1, 10 do counters[i] = counter(i) end
for i = 1, 8000 do counters[i % 10 + 1]() end
for i = 1, 10 do mix(counters[i]()) end

-- floats: a small mandelbrot set
local inside = 0
for y = -12, 12 do
    for x = -20, 10 do
        local cr, ci, r, i, n = x / 10, y / 10, 0.0, 0.0, 0
        while n < 40 and r * r + i * i < 4 do
            r, i, n = r * r - i * i + cr, 2 * r * i + ci, n + 1
        end
        inside = inside + n
    end
end
mix(inside)

-- garbage: short lists
local alive = {}
for i = 1, 6000 do alive[i % 64] = { i, { i } } end
for i = 0, 63 do mix(alive[i][2][1]) end

return sum
