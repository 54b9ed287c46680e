// arrow_npm.mjs: Arrow files and streams by apache-arrow, value by value.
//
// Does what the lines of stdin say, FILE RECORDS.json each: what JavaScript
// reads of the file are the values of rp-print --json of the same stream.
// Says how many; stops at the first that differs.
import fs from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");
const arrow = require("apache-arrow");
const lz4 = require("lz4js");
const zstd = require("fzstd");

const codecs = arrow.compressionRegistry;
const copied = (bytes) => Uint8Array.from(bytes); // from an aligned start
codecs.set(arrow.CompressionType.LZ4_FRAME, {
	decode: (data) => copied(lz4.decompress(data)),
});
codecs.set(arrow.CompressionType.ZSTD, {
	decode: (data) => copied(zstd.decompress(data)),
});

// Digits of a decimal of 4 words, the lowest first, without trailing zeros.
function decimal(words, scale) {
	let n = 0n;
	for (const word of [...words].reverse())
		n = (n << 32n) | BigInt(word);
	n = BigInt.asIntN(32 * words.length, n);
	const digits = String(n < 0n ? -n : n).padStart(scale + 1, "0");
	const whole = digits.slice(0, digits.length - scale);
	return trimmed((n < 0n ? "-" : "") + whole +
	    (scale > 0 ? "." + digits.slice(-scale) : ""));
}

function trimmed(text) {
	return text.includes(".") ? text.replace(/\.?0*$/, "") : text;
}

// A value as JSON has it, but for zeros behind the point.
function shown(type, value) {
	if (value === null || value === undefined)
		return null;
	if (arrow.DataType.isDecimal(type))
		return decimal(value, type.scale);
	if (arrow.DataType.isBinary(type))
		return Buffer.from(value).toString("hex");
	return typeof value === "string" ? value : String(value);
}

// Of times get() gives doubles of ms: the integers are below it.
function* values(vector) {
	for (const data of vector.data) {
		const chunk = arrow.makeVector(data);
		const times = arrow.DataType.isTimestamp(vector.type);
		for (let i = 0; i < data.length; i++)
			yield times && data.getValid(i) ? data.values[i] :
			    chunk.get(i);
	}
}

function levels(record, side) {
	const found = [];
	for (let i = "00"; `${side}_px_${i}` in record;
	    i = String(Number(i) + 1).padStart(2, "0"))
		found.push(["px", "sz", "ct"].map((what) => {
			const value = record[`${side}_${what}_${i}`];
			return value === null ? null : trimmed(String(value));
		}));
	return found;
}

function shownLevels(list) {
	const types = list.type.children.map((f) => f.type);
	return [...list].map((level) => ["price", "size", "orders"].map(
	    (name, i) => shown(types[i], level[name])));
}

// What a record says of a column.
function wanted(record, field) {
	const value = record[field.name];
	if (value === null || value === undefined)
		return null;
	if (arrow.DataType.isFloat(field.type))
		return String(Number(value));
	return arrow.DataType.isDecimal(field.type) ? trimmed(value) :
	    String(value);
}

function compare(path, json) {
	const table = arrow.tableFromIPC(fs.readFileSync(path));
	const lines = fs.readFileSync(json, "utf8").split("\n");
	const records = lines.filter((line) => line).map((l) => JSON.parse(l));
	let n = 0;

	if (records.length !== table.numRows)
		throw `${path}: ${table.numRows} rows of ${records.length}`;
	for (const field of table.schema.fields) {
		const list = arrow.DataType.isList(field.type);
		let row = 0;
		for (const value of values(table.getChild(field.name))) {
			const record = records[row++];
			const side = field.name.slice(0, 3);
			const mine = list ? shownLevels(value) :
			    shown(field.type, value);
			const want = list ? levels(record, side) :
			    wanted(record, field);
			if (JSON.stringify(mine) !== JSON.stringify(want))
				throw `${path}: row ${row} ${field.name}: ` +
				    `${JSON.stringify(mine)}, is ` +
				    JSON.stringify(want);
			n++;
		}
		if (row !== records.length)
			throw `${path}: ${field.name} has ${row} values`;
	}
	console.log(`${table.numRows} rows, ${n} values equal`);
}

for (const line of fs.readFileSync(0, "utf8").split("\n"))
	if (line)
		compare(...line.split(" "));
